"""Stage 2: segmentation -> the first painted state of the canvas."""
