"""Blocks of the graph: one file a stage or role, and `registry.py`, which finds them by name."""
