"""The notebook, executed from top to bottom on the digits of the repository."""

from __future__ import annotations

import pathlib

import nbformat
from nbclient import NotebookClient

ROOT = pathlib.Path(__file__).parents[1]


def test_the_tour_runs_from_top_to_bottom(tmp_path):
    notebook = nbformat.read(ROOT / "docs" / "tour.ipynb", as_version=4)
    nbformat.validate(notebook)
    [choices] = [
        cell for cell in notebook.cells if 'dataset, folder, epochs = "mnist"' in cell.source
    ]
    sample, folder = f"idx:{ROOT / 'tests' / 'data' / 'sample'}", tmp_path / "tour"
    lines = choices.source.splitlines()[:-1]
    choices.source = "\n".join(
        [*lines, f"dataset, folder, epochs = {sample!r}, {str(folder)!r}, 2"]
    )
    NotebookClient(
        notebook, timeout=600, resources={"metadata": {"path": str(ROOT / "docs")}}
    ).execute()
    printed = "".join(
        output.text
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stdout"
    )
    assert "conv1/kernel   (3, 3, 1, 32)" in printed
    assert "6 filters" in printed
    assert "recovered: True" in printed
