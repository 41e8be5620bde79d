"""docs/api.md is what the docstrings say, misses no public name, and everything on it says what it takes."""

import ast
import re
from importlib import import_module

import pytest
import reference

MODULES = reference.read_package()
PUBLIC = reference.public_modules(MODULES)
SHAPE = re.compile(r"\(\.{0,3}[\w*+./-]+,[^()]*(\([^()]*\)[^()]*)*\)|\bany shape\b")  # (H,W,3), (K,), (B, ...)


def described():
    """(where, node, the words that belong to it) of every function, method and class on the page."""
    for module in PUBLIC:
        for name in module.public:
            home, node = reference.resolve(MODULES, module, name)
            about = f"{ast.get_docstring(home.tree) or ''}\n{ast.get_docstring(module.tree) or ''}"
            where = f"{module.name}.{name}"
            if isinstance(node, ast.FunctionDef):
                yield where, node, f"{ast.get_docstring(node) or ''}\n{about}"
            if isinstance(node, ast.ClassDef):
                yield where, node, f"{reference.about(home, node)}\n{about}"
                for member in reference.members(node):
                    words = f"{ast.get_docstring(member)}\n{ast.get_docstring(node) or ''}\n{about}"
                    yield f"{where}.{member.name}", member, words


def test_the_page_is_up_to_date():
    assert reference.PAGE.read_text("utf-8") == reference.write(), "run `make api` (python3 docs/make/reference.py)"


@pytest.mark.parametrize("module", PUBLIC, ids=lambda m: m.name)
def test_every_public_name_exists_and_is_on_the_page(module):
    """By importing, which the writer of the page does not do."""
    there = import_module(module.name)
    page = reference.PAGE.read_text("utf-8")
    section = page.partition(f"\n## {module.name}\n")[2].partition("\n## ")[0]
    assert list(there.__all__) == module.public
    for name in there.__all__:
        assert hasattr(there, name)
        assert f"\n### {name}\n" in section


def test_every_public_thing_says_what_it_is():
    assert [where for where, node, _ in described() if not ast.get_docstring(node)] == []


def test_everything_that_takes_or_gives_arrays_says_their_shape():
    silent = []
    for where, node, words in described():
        if isinstance(node, ast.FunctionDef):
            said = [a.annotation for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
            said.append(node.returns)
        else:
            said = [n.annotation for n in node.body if isinstance(n, ast.AnnAssign)]
        arrays = re.search(r"\b(ndarray|Tensor)\b", " ".join(ast.unparse(a) for a in said if a is not None))
        if arrays and not SHAPE.search(words):
            silent.append(where)
    assert silent == []


def test_docstrings_become_readable_markdown():
    text = "What.\n\na: one,\n  still one. b: two\nUserError when not.\n\nArgs:\n    c: a < b*b\n\n    x -> y\n    z"
    assert reference.markdown(text) == (
        "What.\n\n- a: one, still one.\n- b: two\n\nUserError when not.\n\n*Args:*\n\n- c: a \\< b\\*b\n\n"
        "```text\nx -> y\nz\n```"
    )


def test_a_name_that_is_nowhere_is_found(tmp_path):
    module = reference.Module("ppp.a", tmp_path, ast.parse(""), defined={}, handed_on={"here": ("numpy", "array")})
    for name in ("there", "here"):
        with pytest.raises(LookupError, match=rf"ppp\.a\b.*{name}"):
            reference.resolve({"ppp.a": module}, module, name)
