"""painting -> label map and confidence."""
