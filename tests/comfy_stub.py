"""A stand-in for what ComfyUI gives its nodes (V3): the published names, arguments and checks, nothing behind them.

ComfyUI is in no package registry, so it cannot be installed for tests. Arguments are those of its file
comfy_api/latest/_io.py of November 2026: another name or a missing one fails here as it would there.
"""

import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any


class Input:
    default = None

    def __init__(
        self, id, display_name=None, optional=False, tooltip=None, lazy=None, extra_dict=None, raw_link=None,
        advanced=None,
    ):  # fmt: skip
        self.id, self.display_name, self.optional, self.tooltip = id, display_name, optional, tooltip


class Output:
    def __init__(self, id=None, display_name=None, tooltip=None, is_output_list=False):
        self.id, self.display_name, self.tooltip, self.is_output_list = id, display_name, tooltip, is_output_list


class Widget(Input):
    more: tuple[str, ...] = ()

    def __init__(self, id, *, default=None, socketless=None, force_input=None, **options):
        own = {name: options.pop(name, None) for name in self.more}
        super().__init__(id, **options)
        self.default = default
        self.__dict__.update(own)


def custom(io_type, widget=None):
    """A type of sockets, as `io.Custom` makes it."""
    inputs = type("Input", (widget or Input,), {"io_type": io_type})
    return type(
        io_type, (), {"io_type": io_type, "Input": inputs, "Output": type("Output", (Output,), {"io_type": io_type})}
    )


class _Number(Widget):
    more = ("min", "max", "step", "control_after_generate", "display_mode")


class _Text(Widget):
    more = ("multiline", "placeholder", "dynamic_prompts")


class _Choice(Widget):
    more = ("options", "control_after_generate", "upload", "image_folder", "remote", "remote_combo")


@dataclass
class Schema:
    node_id: str
    display_name: str | None = None
    category: str = "sd"
    inputs: list[Any] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)
    hidden: list[Any] = field(default_factory=list)
    description: str = ""
    search_aliases: list[str] = field(default_factory=list)
    is_input_list: bool = False
    is_output_node: bool = False

    def validate(self):
        for ports in (self.inputs, self.outputs):
            names = [port.id for port in ports]
            assert len(set(names)) == len(names), names


class NodeOutput:
    def __init__(self, *args, ui=None, expand=None, block_execution=None):
        self.args, self.ui = args, ui


class ComfyNode(ABC):
    @classmethod
    @abstractmethod
    def define_schema(cls): ...

    @classmethod
    @abstractmethod
    def execute(cls, **kwargs): ...


class ComfyExtension(ABC):
    @abstractmethod
    async def get_node_list(self): ...


class VideoFromFile:
    def __init__(self, file, *, start_time=0, duration=0):
        self.file = file


def install(outputs, progress, interrupted) -> dict[str, ModuleType]:
    """Make the modules: outputs go to a folder, `progress` gets (value, most), `interrupted` raises to stop."""

    class ComfyAPISync:
        def __init__(self):
            self.execution = SimpleNamespace(set_progress=lambda value, max_value: progress.append((value, max_value)))

    io = SimpleNamespace(
        Custom=custom, Image=custom("IMAGE"), Mask=custom("MASK"), Video=custom("VIDEO"), Int=custom("INT", _Number),
        String=custom("STRING", _Text), Combo=custom("COMBO", _Choice), Boolean=custom("BOOLEAN", Widget),
        Schema=Schema, NodeOutput=NodeOutput, ComfyNode=ComfyNode,
    )  # fmt: skip
    known = {
        "comfy_api": {},
        "comfy_api.latest": {
            "io": io, "ComfyExtension": ComfyExtension, "ComfyAPISync": ComfyAPISync,
            "InputImpl": SimpleNamespace(VideoFromFile=VideoFromFile),
        },
        "folder_paths": {"get_output_directory": lambda: str(outputs)},
        "comfy": {},
        "comfy.model_management": {"throw_exception_if_processing_interrupted": interrupted},
    }  # fmt: skip
    modules = {}
    for name, values in known.items():
        modules[name] = ModuleType(name)
        vars(modules[name]).update(values)
    assert not set(modules) & set(sys.modules)
    return modules
