"""Write docs/api.md from the docstrings: `make api`. Reads the files only; imports nothing of the package.

`PUBLIC` lists the modules that people import from; all of their `__all__` is on the page. A name that several of them
hand on is described once, where the shortest path leads to it.
"""

import ast
import re
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "api.md"
ROOMS = ("pipeline", "modules")
PUBLIC = (
    "ppp",
    "ppp.pipeline.graph",
    "ppp.pipeline.blocks.frames_step",
    "ppp.pipeline.replay",
    "ppp.pipeline.writers",
    "ppp.pipeline.evaluation.metrics",
    "ppp.modules.plans",
    "ppp.modules.plans.edits",
    "ppp.modules.training.task",
    "ppp.modules.training.loop",
    "ppp.modules.io.errors",
)
HEAD = """# Every public name

Written by `make api` from the docstrings; a test compares. What is not on this page may change without notice.

Unless something else is said: pictures are numpy arrays (H,W,3), float32, RGB, 0 to 1; tensors (B,3,H,W), the same
range; label maps (H,W) integers, the index of each pixel's class; degrees 0 to 1; N frames, of which frame 0 is the
bare canvas. `UserError` means that the input cannot be used, and says why and how to mend it.
"""


@dataclass
class Module:
    """A file of the package: its dotted name, its tree, and where each name in it comes from."""

    name: str
    path: Path
    tree: ast.Module
    defined: dict = field(default_factory=dict)  # name -> its node
    handed_on: dict = field(default_factory=dict)  # name -> (module, name there)

    @property
    def public(self):
        """The names in `__all__`, in their order."""
        node = self.defined.get("__all__")
        return [] if node is None else list(ast.literal_eval(node.value))


def read_module(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    package = path.name == "__init__.py"
    name = ".".join(("ppp", *(parts[:-1] if package else parts)))
    module = Module(name, path, ast.parse(path.read_text("utf-8")))
    here = name.split(".") if package else name.split(".")[:-1]
    for node in _statements(module.tree.body):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            module.defined[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                for one in target.elts if isinstance(target, ast.Tuple) else [target]:
                    if isinstance(one, ast.Name):
                        module.defined[one.id] = node
        elif isinstance(node, ast.ImportFrom) and node.level:
            base = ".".join((*here[: len(here) - node.level + 1], *([node.module] if node.module else [])))
            module.handed_on |= {alias.asname or alias.name: (base, alias.name) for alias in node.names}
    return module


def _statements(body):
    """The statements of a module, those under `if TYPE_CHECKING` among them."""
    for node in body:
        if isinstance(node, ast.If):
            yield from _statements(node.body)
        else:
            yield node


def read_package():
    """name -> Module, of the package's root and its modules."""
    files = [ROOT / "__init__.py", *(path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))]
    return {module.name: module for module in map(read_module, files)}


def public_modules(modules):
    """The modules in `PUBLIC`, in its order."""
    return [modules[name] for name in PUBLIC]


def resolve(modules, module, name):
    """Where a public name is defined -> (its module, its node). LookupError when it is nowhere."""
    while name not in module.defined:
        if name not in module.handed_on:
            raise LookupError(f"{module.name}.{name} is in __all__ and is defined nowhere")
        home, there = module.handed_on[name]
        if home not in modules:  # `from . import store`
            raise LookupError(f"{module.name} hands on {name} from {home}, which is not part of the package")
        module, name = modules[home], there
    return module, module.defined[name]


def signature(node, name=None, bound=False):
    """`name(a: int, *, b: float = 1.0) -> str` of a function; of a method without self."""
    arguments = ast.parse(ast.unparse(node.args).join(("def f(", "): pass"))).body[0].args
    if bound and not any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in node.decorator_list):
        (arguments.posonlyargs or arguments.args).pop(0)
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{name or node.name}({ast.unparse(arguments)}){returns}"


def markdown(text):
    """A docstring as Markdown: `Args:` and the like become lists, everything else stays a paragraph."""
    blocks = []
    for block in re.split(r"\n\s*\n", text or ""):
        lines = block.splitlines()
        if re.fullmatch(r"(Args|Returns|Yields|Raises|Attributes):", lines[0].strip()):
            blocks.append(f"*{lines[0].strip()}*\n\n" + _entries(textwrap.dedent("\n".join(lines[1:]))))
        elif all(re.match(r"    ", line) for line in lines):
            blocks.append("```text\n" + textwrap.dedent(block) + "\n```")
        else:
            blocks.append("\n\n".join(_paragraphs(lines)))
    return "\n\n".join(blocks)


def _paragraphs(lines):
    """The pieces of a paragraph: runs of lines `name: what` (a list), and what stands before and after them."""
    said = r"(UserError|Raises|Returns|None )"  # ends a list; what is set in or goes on belongs to the entry before
    runs = []
    for line in lines:
        entry = re.match(r"`?\w[\w.]*(, \w+)*`?: ", line) is not None
        goes_on = runs and (not runs[-1][0] or not re.match(said, line)) and not entry
        if goes_on or (entry and runs and runs[-1][0]):
            runs[-1][1].append(line)
        else:
            runs.append((entry, [line]))
    for is_list, run in runs:
        text = "\n".join(run)
        if is_list:
            text = re.sub(r"\n(?!`?\w[\w.]*(, \w+)*`?: )\s*", "\n  ", text)
        yield _entries(text) if is_list else _safe(text)


def _entries(text):
    """Lines `name: what` with further lines set in -> a list."""
    whole = [" ".join(line.strip() for line in entry.splitlines()) for entry in re.split(r"\n(?=\S)", text.strip("\n"))]
    entries = [one for entry in whole for one in re.split(r"(?<=[.;]) (?=[a-z]\w*(?:, \w+)*: )", entry)]
    return "\n".join("- " + _safe(entry) for entry in entries)


def _safe(text):
    """Stars and angle brackets that Markdown would take for its own; code between backticks is left alone."""
    pieces = re.split(r"(`[^`]*`)", text)
    return "".join(p if p.startswith("`") else re.sub(r"([*<])", r"\\\1", p) for p in pieces).replace("\n  ", "\n")


def describe(module, name, node):
    """The lines on one name."""
    lines = [f"### {name}", ""]
    if isinstance(node, ast.FunctionDef):
        lines += [_code(signature(node, name)), markdown(ast.get_docstring(node))]
    elif isinstance(node, ast.ClassDef):
        lines += [_code(_class_signature(node, name)), about(module, node)]
        lines += [line for member in members(node) for line in ("", *_member(member))]
    else:
        lines += [_code(_value(node, name))]
        if remark := _remark(module, node):
            lines += [remark[0].upper() + remark[1:]]
    return [*lines, ""]


def about(module, node):
    """What a class says of itself: its docstring, and the remarks beside its fields."""
    fields = [n for n in node.body if isinstance(n, ast.AnnAssign) and not n.target.id.startswith("_")]
    said = [(n.target.id, _remark(module, n)) for n in fields]
    listed = "\n".join(f"- {name}: {remark}" for name, remark in said if remark)
    return "\n\n".join(text for text in (markdown(ast.get_docstring(node)), listed) if text)


def _code(text):
    """A signature, one argument a line where it is long."""
    if len(text) > 110 and "(" in text:
        head, _, rest = text.partition("(")
        inside, _, tail = rest.rpartition(")")
        parts = [ast.unparse(a) if not isinstance(a, str) else a for a in _split(inside)]
        text = f"{head}(\n" + "".join(f"    {part},\n" for part in parts) + f"){tail}"
    return f"```python\n{text}\n```\n"


def _split(arguments):
    """Arguments at the commas that are not inside brackets or quotes."""
    found, depth, quote, start = [], 0, "", 0
    for i, sign in enumerate(arguments):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
        elif sign == "," and not depth:
            found.append(arguments[start:i].strip())
            start = i + 1
    return [*found, arguments[start:].strip()] if arguments[start:].strip() else found


def _class_signature(node, name):
    init = next((n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"), None)
    bases = [ast.unparse(b) for b in node.bases if ast.unparse(b) not in ("ABC", "Protocol")]
    after = f"  # a {', '.join(bases)}" if bases else ""
    if init is not None:
        return f"class {signature(init, name, bound=True).replace(' -> None', '')}{after}"
    if any("dataclass" in ast.unparse(d) for d in node.decorator_list):
        fields = [n for n in node.body if isinstance(n, ast.AnnAssign) and not n.target.id.startswith("_")]
        shown = (f"{n.target.id}: {ast.unparse(n.annotation)}" + _default(n.value) for n in fields)
        return f"class {name}({', '.join(shown)}){after}"
    return f"class {name}{after}"


def _default(value):
    if value is None:
        return ""
    if isinstance(value, ast.Call) and ast.unparse(value.func) == "field":
        made = next((k.value for k in value.keywords if k.arg in ("default", "default_factory")), None)
        said = "..." if made is None else ast.unparse(made)
        return f" = { {'dict': '{}', 'list': '[]'}.get(said, said) }"
    return f" = {ast.unparse(value)}"


def members(node):
    """The public methods and properties of a class that say something of their own."""
    shown = ("__call__", "__iter__", "__len__", "__getitem__")
    return [
        n
        for n in node.body
        if isinstance(n, ast.FunctionDef) and (n.name in shown or not n.name.startswith("_")) and ast.get_docstring(n)
    ]


def _member(node):
    decorators = {ast.unparse(d) for d in node.decorator_list}
    if decorators & {"property", "cached_property"}:
        returns = f": {ast.unparse(node.returns)}" if node.returns else ""
        return [f"**`.{node.name}{returns}`**", "", markdown(ast.get_docstring(node))]
    return [f"**`.{signature(node, bound=True)}`**", "", markdown(ast.get_docstring(node))]


def _value(node, name):
    """`NAME = value` of a constant; long values are cut."""
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
        at = [one.id for one in node.targets[0].elts].index(name)
        value = ast.unparse(node.value.elts[at]) if isinstance(node.value, ast.Tuple) else "..."
    else:
        value = "..." if node.value is None else ast.unparse(node.value)
    kind = f": {ast.unparse(node.annotation)}" if isinstance(node, ast.AnnAssign) else ""
    return f"{name}{kind} = {value if len(value) < 100 else value[:60].rsplit(' ', 1)[0] + ' ...'}"


def _remark(module, node):
    """The comment on the line of a constant, or on the line before it."""
    lines = module.path.read_text("utf-8").splitlines()
    beside = re.search(r"  # (?!type:|fmt:|noqa)(.+)$", lines[node.lineno - 1])
    if beside is None and node.lineno > 1:
        beside = re.match(r"\s*# (?!type:|fmt:|noqa)(.+)$", lines[node.lineno - 2])
    return _safe(beside.group(1)) if beside else ""


def write():
    """The whole page."""
    modules = read_package()
    listed = public_modules(modules)
    homes = {}  # node of a definition -> the public module it is described in
    for module in sorted(listed, key=lambda m: m.name.count(".")):
        for name in module.public:
            homes.setdefault(id(resolve(modules, module, name)[1]) if name != "__version__" else name, module.name)
    lines = [HEAD]
    for module in listed:
        lines += [f"- [`{module.name}`](#{module.name.replace('.', '')}): {', '.join(f'`{n}`' for n in module.public)}"]
    for module in listed:
        lines += ["", f"## {module.name}", "", markdown(ast.get_docstring(module.tree)), ""]
        for name in module.public:
            home, node = resolve(modules, module, name)
            described = homes[id(node) if name != "__version__" else name]
            several = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple)
            if described == module.name or several:
                lines += describe(home, name, node)
            else:
                lines += [f"### {name}", "", f"See [`{described}`](#{described.replace('.', '')}).", ""]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


if __name__ == "__main__":
    sys.stdout.write(f"{PAGE}\n")
    PAGE.write_text(write(), encoding="utf-8")
