"""Procedural sitters: painted portraits drawn by code, with exact ten-class label maps."""

from .draw_sitter import draw_sitter

__all__ = ["draw_sitter"]
