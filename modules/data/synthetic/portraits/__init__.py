"""Procedural portraits (sitters): paintings drawn by code, with exact ten-class label maps.

`draw_sitter` is the only door: nothing outside this room imports its insides.
"""

from .draw_sitter import draw_sitter

__all__ = ["draw_sitter"]
