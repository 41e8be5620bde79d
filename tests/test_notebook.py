"""examples/quickstart.ipynb runs from top to bottom as it stands, and is kept without outputs."""

import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from nbclient import NotebookClient

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


@pytest.fixture(scope="module")
def notebook():
    return nbformat.read(EXAMPLES / "quickstart.ipynb", as_version=4)


def test_it_is_kept_without_outputs(notebook):
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(code) >= 5
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


class ThisPython(KernelSpecManager):
    """The kernel is this Python, whatever Jupyter is installed on the machine."""

    def get_kernel_spec(self, kernel_name):
        return KernelSpec(argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"])


def test_it_runs_from_top_to_bottom(notebook, tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    shutil.copy(EXAMPLES / "portrait.png", tmp_path)
    client = NotebookClient(notebook.copy(), timeout=300, resources={"metadata": {"path": str(tmp_path)}})
    client.create_kernel_manager()
    client.km.kernel_spec_manager = ThisPython()
    ran = client.execute()
    shown = [output for cell in ran.cells if cell.cell_type == "code" for output in cell.outputs]
    assert sum("image/png" in output.get("data", {}) for output in shown) == 4
    said = "".join(output.get("text", "") for output in shown)
    assert "'hair'" in said and "finished: True - the study leaves ['clothes'" in said
    assert (tmp_path / "out" / "quickstart" / "process.json").exists()
    assert (tmp_path / "out" / "quickstart" / "timelapse.mp4").exists()
