"""Stage 3: the next frame, conditioned on how much of each part is to be painted."""
