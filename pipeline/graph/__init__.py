"""The graph: blocks with declared ports, connections between them, checked before anything is computed."""

from .block import Block, Loop, Step, StepFunction, Stream, describe
from .graph import Graph
from .port import SERIES, Port

__all__ = ["SERIES", "Block", "Graph", "Loop", "Port", "Step", "StepFunction", "Stream", "describe"]
