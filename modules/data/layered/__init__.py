"""Layered pictures: paintings taken apart into the layers that they were made of."""
