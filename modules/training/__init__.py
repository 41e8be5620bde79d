"""One training loop, with checkpoints, EMA and logs, shared by all three stages."""
