"""Mutants of source files, made with Cosmic Ray's operators; equivalent programs are left out."""

from __future__ import annotations

import ast
import difflib
import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

# One or two of Cosmic Ray's operators for each sign: `a - b` for `a + b` tells as much as `a % b` would.
SIGNS = (
    "Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Mul", "Mod_Add", "Pow_Mul", "BitOr_BitAnd", "BitAnd_BitOr",
)  # fmt: skip
COMPARISONS = (
    "Eq_NotEq", "NotEq_Eq", "Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt",
    "Is_IsNot", "IsNot_Is",
)  # fmt: skip
OPERATORS = (
    *(f"ReplaceBinaryOperator_{name}" for name in SIGNS),
    *(f"ReplaceComparisonOperator_{name}" for name in COMPARISONS),
    *(f"ReplaceUnaryOperator_Delete_{name}" for name in ("USub", "Not", "Invert")),
    "AddNot", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd",
    "ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "ExceptionReplacer", "NumberReplacer", "RemoveDecorator",
    "ZeroIterationForLoop",
)  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One small mistake.

    Attributes:
        path: of the file, from the root.
        operator: Cosmic Ray's name of the operator.
        lines: first and last line of its statement, counted from 1; of compound statements only their head.
        body: lines of the function whose head it is in, else ().
        change: removed (-) and added (+) lines.
        text: the whole mutated file.
    """

    path: str
    operator: str
    lines: tuple[int, int]
    body: tuple[int, int] | tuple[()]
    change: tuple[str, ...]
    text: str

    @property
    def key(self) -> tuple[str, str, str]:
        """Identity that does not depend on its line number."""
        return self.path, self.operator, " ".join(self.change)

    @property
    def short(self) -> str:
        """One line: `file:line  old -> new` with some context."""
        if len(self.change) != 2:
            return f"{self.path}:{self.lines[0]}  {' '.join(self.change)[:160]}"
        old, new = (line[2:] for line in self.change)
        begin, end = _common_prefix(old, new), _common_prefix(old[::-1], new[::-1])
        end = min(end, len(old) - begin, len(new) - begin)
        around = [line[max(begin - 30, 0) : len(line) - end + 25] for line in (old, new)]
        return f"{self.path}:{self.lines[0]}  {around[0]}  ->  {around[1]}"


def _common_prefix(one: str, other: str) -> int:
    """Count the leading characters that two texts share."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def draw_mutants(
    root: Path, files: Sequence[str], most: int, seed: int, only: Collection[tuple[str, str, str]] | None = None
) -> tuple[list[Mutant], int]:
    """Create mutants that differ from the source and each other, sorted by file and line.

    Args:
        root: the repository.
        files: paths of source files in it.
        most: how many to draw.
        seed: seed of the draw.
        only: keys of the mutants to create instead.

    Returns:
        The mutants, and the number of places where one could have been made.
    """
    places, known, found = [], set(), list[Mutant]()
    sources = {path: (root / path).read_text("utf-8") for path in files}
    for path, source in sources.items():
        places += [(path, name, i) for name, times in _places(source) for i in range(times)]
        known.add(_program(source))
    random.Random(seed).shuffle(places)
    kinds = None if only is None else {key[:2] for key in only}
    for path, name, occurrence in places:
        if len(found) == most and only is None:
            break
        if kinds is not None and (path, name) not in kinds:
            continue
        try:
            text = mutate_code(sources[path], get_operator(f"core/{name}")(), occurrence)
            program = _program(text)
        except (AttributeError, SyntaxError):  # dotted names after `except`; stars of `{**a}` taken for a power
            continue
        if program not in known:
            known.add(program)
            mutant = _describe(path, name, sources[path], text)
            if only is None or mutant.key in only:
                found.append(mutant)
    return sorted(found, key=lambda mutant: (mutant.path, mutant.lines)), len(places)


def _places(source: str) -> Iterator[tuple[str, int]]:
    """Yield operators, and the number of places in a source text where each applies."""
    nodes = list(ast_nodes(get_ast(source)))
    for name in OPERATORS:
        operator = get_operator(f"core/{name}")()
        yield name, sum(len(list(operator.mutation_positions(node))) for node in nodes)


def _program(text: str) -> str:
    """Dump a program without layout, annotations (nothing reads them) and kinds of arguments."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
        elif isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
        elif isinstance(node, ast.arguments):
            node.args = [*node.posonlyargs, *node.args, *node.kwonlyargs]
            node.defaults = [*node.defaults, *(default for default in node.kw_defaults if default)]
            node.posonlyargs, node.kwonlyargs, node.kw_defaults = [], [], []
    return ast.dump(tree)


def _describe(path: str, operator: str, source: str, text: str) -> Mutant:
    before, after = source.splitlines(), text.splitlines()
    change = [
        line[0] + " " + line[1:].strip()
        for line in difflib.unified_diff(before, after, n=0, lineterm="")
        if line[0] in "+-" and line[:3] not in ("+++", "---")
    ]
    place = next(i for i, line in enumerate([*before, ""], 1) if i > len(after) or line != after[i - 1])
    while place < len(before) and not before[place - 1].strip():
        place += 1  # a removed statement took the empty lines before it along
    lines: tuple[int, int] = (place, place)
    body: tuple[int, int] | tuple[()] = ()
    for statement, begin, end in _statements(ast.parse(source)):
        if begin <= place <= end:  # the last one found is the innermost
            lines, body = (begin, end), ()
            if isinstance(statement, ast.FunctionDef):
                body = (statement.body[0].lineno, statement.end_lineno or end)
    return Mutant(path, operator, lines, body, tuple(change), text)


def _statements(tree: ast.AST) -> Iterator[tuple[ast.stmt, int, int]]:
    """Yield statements with their first and last line, outer before inner; of compound ones the head."""
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            end = node.end_lineno or node.lineno
            body = getattr(node, "body", None)
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            yield node, first, max(node.lineno, body[0].lineno - 1) if body else end
