"""Painting processes that are made, not recorded: the simulated painter and procedural portraits."""
