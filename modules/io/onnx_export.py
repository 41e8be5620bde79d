"""Export of networks to ONNX graphs that read their weights from the model's own file.

A graph holds no weights: it names the bytes of each tensor in `model.safetensors` beside it. So nothing is stored
twice, float16 stays float16 on disk, and the numbers are those that torch reads.
"""

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import Dim

from .errors import PPPError
from .model_folder import WEIGHTS
from .onnx_graph import OnnxGraph

OPSET = 18  # from 19 on ONNX Runtime takes ten times as long for averages over pixels
BATCH = Dim("batch")
EXAMPLE = (2, 3, 4)  # batch, height and width, in the network's multiples, at which it is traced
CHECKED = [(batch, *size) for batch in (1, 3) for size in ((2, 5), (3, 3), (7, 4))]
TOLERANCE = 5e-4  # of an output's largest value: an eighth of a step of 8 bits
MOST_INLINE = 100_000  # bytes of constants in a graph: more are weights that were not recognised


class GraphModule(nn.Module):
    """A function of a network and tensors as a module."""

    def __init__(self, model: nn.Module, function: Callable[..., Any]) -> None:
        super().__init__()
        self.model, self.function = model, function

    def forward(self, *inputs: Tensor) -> Any:
        return self.function(self.model, *inputs)


@dataclass(frozen=True)
class GraphSpec:
    """What a graph computes of a network, and where the sizes of its inputs may vary."""

    function: Callable[..., Any]  # of the model and the inputs
    example: Callable[[int, int, int], dict[str, Tensor]]  # batch, height and width in multiples -> inputs by name
    sizes: dict[str, dict[int, Any]]  # input -> axis -> `Dim`
    outputs: tuple[str, ...]


def export_graph(spec: GraphSpec, model: nn.Module, folder: Path, name: str) -> Path:
    """Write `folder`/`name`.onnx, a graph of `model`, whose weights lie in `folder`, and check it.

    Raises PPPError: what ONNX Runtime computes is not what torch computes.
    """
    import onnx_ir

    torch.manual_seed(0)
    inputs, module = spec.example(*EXAMPLE), GraphModule(model, spec.function).requires_grad_(False).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module, tuple(tensor.clone() for tensor in inputs.values()),
            dynamo=True, opset_version=OPSET, optimize=False, verbose=False,
            input_names=list(inputs), output_names=list(spec.outputs),
            dynamic_shapes=(tuple(spec.sizes[name] for name in inputs),),
        )  # fmt: skip
    assert program is not None
    graph = program.model.graph
    stored = {tensor.data_ptr(): key for key, tensor in model.state_dict().items() if tensor.numel()}
    own = [*module.named_parameters(), *module.named_buffers()]
    keys = {name: stored[tensor.data_ptr()] for name, tensor in own if tensor.numel() and tensor.data_ptr() in stored}
    _read_weights_from_file(graph, keys, folder / WEIGHTS)
    constants = [v.const_value for v in graph.initializers.values() if v.const_value is not None]
    inline = sum(c.nbytes for c in constants if not isinstance(c, onnx_ir.ExternalTensor))
    if inline > MOST_INLINE:
        raise PPPError(f"{name} cannot be exported.", f"{inline} bytes of its weights are in no file.")
    for part in (program.model, graph, *graph.all_nodes(), *graph.initializers.values(), *_values(graph)):
        part.metadata_props.clear()  # lines of source with their paths
        part.doc_string = None
    path = folder / f"{name}.onnx"
    onnx_ir.save(program.model, path)
    _check(spec, module, path)
    return path


def _values(graph: Any) -> list[Any]:
    return [*graph.inputs, *(value for node in graph.all_nodes() for value in node.outputs)]


def _read_weights_from_file(graph: Any, keys: dict[str, str], file: Path) -> None:
    """Let a graph's weights be read from a file of safetensors; keys: the graph's names -> the file's."""
    import onnx_ir

    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        header = json.loads(opened.read(length))
    kinds = {"F16": onnx_ir.DataType.FLOAT16, "F32": onnx_ir.DataType.FLOAT}
    for name, key in keys.items():
        value = graph.initializers.get(name)
        entry = header[key]
        if value is None or entry["dtype"] not in kinds:
            continue
        begin, end = entry["data_offsets"]
        kind, shape, there = kinds[entry["dtype"]], onnx_ir.Shape(entry["shape"]), f"stored.{key}"
        read = onnx_ir.Value(name=there, shape=shape, type=onnx_ir.TensorType(kind))
        read.const_value = onnx_ir.ExternalTensor(
            file.name, 8 + length + begin, end - begin, kind, shape=shape, name=there, base_dir=file.parent
        )
        wide = onnx_ir.node("Cast", [read], {"to": onnx_ir.DataType.FLOAT})
        wide.outputs[0].name = name
        graph.initializers.pop(name)
        graph.initializers[there] = read
        graph.insert_before(graph[0], wide)
        onnx_ir.convenience.replace_all_uses_with(value, wide.outputs[0])


def _check(spec: GraphSpec, module: GraphModule, path: Path) -> None:
    """Compare torch and ONNX Runtime at several sizes and batch sizes."""
    graph = OnnxGraph(path)
    for sizes in CHECKED:
        inputs = spec.example(*sizes)
        with torch.inference_mode():
            wanted = module(*inputs.values())
        wanted = list(wanted.values()) if isinstance(wanted, dict) else wanted
        wanted = [wanted] if isinstance(wanted, Tensor) else wanted
        found = graph(**{name: tensor.numpy() for name, tensor in inputs.items()})
        for name, tensor in zip(spec.outputs, wanted, strict=True):
            off = float((torch.from_numpy(found[name]) - tensor).abs().max() / tensor.abs().max().clamp(min=1))
            if not off <= TOLERANCE:
                raise PPPError(f"{path.name} is not what torch computes.", f"{name} is off by {off:.2g} at {sizes}.")
