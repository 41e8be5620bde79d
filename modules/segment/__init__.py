"""Stage 1: painting -> segmentation into parts."""
