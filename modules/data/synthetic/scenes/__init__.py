"""Procedural scenes: landscapes, seas and more, drawn by code layer by layer, with classes, order and hidden parts.

`draw_scene` is the only door: nothing outside this room imports its insides.
"""

from .draw_scene import COMPOSERS, DRAWN, check_request, draw_scene

SCENE_KINDS = tuple(COMPOSERS)

__all__ = ["DRAWN", "SCENE_KINDS", "check_request", "draw_scene"]
