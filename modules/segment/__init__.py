"""Segment stage: painting -> label map and confidence."""
