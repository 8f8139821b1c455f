"""The notebook, executed from top to bottom on the digits of the repository."""

from __future__ import annotations

import pathlib

import nbformat
import pytest
from nbclient import NotebookClient

import tfcnn

ROOT = pathlib.Path(__file__).parents[1]
TOUR = ROOT / "docs" / "tour.ipynb"
CHOICES = 'dataset, folder, epochs = "mnist"'


def execute(notebook, folder):
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(folder)}}).execute()


@pytest.fixture(scope="module")
def tour(tmp_path_factory):
    """All outputs, and how the folders of its runs begin."""
    notebook = nbformat.read(TOUR, as_version=4)
    nbformat.validate(notebook)
    [choices] = [cell for cell in notebook.cells if CHOICES in cell.source]
    sample = f"idx:{ROOT / 'tests' / 'data' / 'sample'}"
    folder = str(tmp_path_factory.mktemp("tour") / "tour")
    *lines, _ = choices.source.splitlines()
    choices.source = "\n".join([*lines, f"dataset, folder, epochs = {sample!r}, {folder!r}, 2"])
    execute(notebook, TOUR.parent)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [output for cell in cells for output in cell.outputs], folder


def results(tour):
    return [output.data for output in tour[0] if output.output_type == "execute_result"]


def written(tour, stream):
    streams = [output for output in tour[0] if output.output_type == "stream"]
    return "".join(output.text for output in streams if output.name == stream)


def test_what_it_prints(tour):
    printed = written(tour, "stdout")
    for seed in (0, 1):
        accuracy = tfcnn.open_run(f"{tour[1]}{seed}").history()[-1].test_accuracy
        assert f"<History: 2 epochs, test accuracy {accuracy:.2%}>" in printed
    assert "conv1/linear   (1, 26, 26, 32)" in printed
    assert "recovered: True" in printed


def test_it_has_no_notes_of_tensorflow(tour):
    assert written(tour, "stderr") == ""


def test_what_shows_itself(tour):
    pages = [data["text/html"] for data in results(tour)]
    kinds = [page.partition("<strong>")[2].partition("</strong>")[0] for page in pages]
    pictures = [page.count("data:image/png;base64,") for page in pages]
    assert list(zip(kinds, pictures, strict=True)) == [
        *(("Dataset", 1), ("Network", 0), ("Run", 1), ("", 0), ("Evidence", 0)),
        *(("Patterns", 1), ("Attributions", 1), ("Comparison", 1)),
    ]
    assert "conv1/kernel" in pages[3] and "6 filters" in pages[5]
    assert all(len(data["text/plain"]) < 400 for data in results(tour))


def test_it_begins_anywhere_if_tfcnn_is_installed(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # Which is as good.
    notebook = nbformat.read(TOUR, as_version=4)
    [first] = [cell for cell in notebook.cells if CHOICES in cell.source]
    first.source += "\nprint(os.getcwd())"
    notebook.cells = [first]
    execute(notebook, tmp_path)
    assert first.outputs[-1].text.strip() == str(tmp_path)
