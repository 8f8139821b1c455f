"""The map of BUILD.md, held by parsing every import of the library and the programs."""

from __future__ import annotations

import ast
import pathlib
import subprocess
import sys
from collections.abc import Iterator

import pytest

ROOT = pathlib.Path(__file__).parents[1]
FOUNDATION = {
    "arguments",
    "errors",
    "atomic_files",
    "json_files",
    "npz_files",
    "pixels",
    "regular_files",
    "showing",
    "shown_names",
    "typing",
}
# Room -> the rooms that it may import, besides itself and the foundation.
ALLOWED = {
    "data": set(),
    "model": set(),
    "distributed": {"model"},
    "runs": {"data", "model", "distributed"},
    "training": {"data", "model", "distributed", "runs"},
    "ascent": {"model"},
    "exchange": {"model"},
    "inspection": {"model", "ascent"},
    "page": {"data", "model", "ascent"},
    "report": {"data", "model", "runs", "ascent", "inspection", "page"},
}
SOURCES = sorted([*ROOT.glob("tfcnn/**/*.py"), *ROOT.glob("experiments/**/*.py")])


def imported_modules(source: str, package: str) -> Iterator[str]:
    """Full names of all that a module imports, wherever in the file, type checking included."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: -node.level + 1 or None] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def is_wrong(name: str, package: str) -> bool:
    """Whether the map forbids that a module of ``package`` imports ``name``."""
    top, _, rest = name.partition(".")
    target = rest.partition(".")[0]
    room = f"{package}.".split(".")[1]
    if top in ("keras", "tf_keras") or ".keras." in f"{name}.":
        return True
    if package == "tfcnn.FOUNDATION":
        return top == "experiments" or (top == "tfcnn" and target not in FOUNDATION)
    if room in ALLOWED and top == "tfcnn":
        return target not in {room, *ALLOWED[room], *FOUNDATION}
    return package.startswith("tfcnn") and top == "experiments"


def wrong_arrows(source: str, package: str) -> list[str]:
    return [name for name in imported_modules(source, package) if is_wrong(name, package)]


def package_of(path: pathlib.Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    if len(parts) == 2 and parts[0] == "tfcnn" and parts[1] in FOUNDATION:
        return "tfcnn.FOUNDATION"
    return ".".join(parts[:-1])


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_flow_down(path):
    assert wrong_arrows(path.read_text(encoding="utf-8"), package_of(path)) == []


@pytest.mark.parametrize(
    ("package", "line", "wrong"),
    [
        ("tfcnn.data", "from tfcnn.model import Network", ["tfcnn.model.Network"]),
        ("tfcnn.data.sources", "import tfcnn.training.loop", ["tfcnn.training.loop"]),
        ("tfcnn.data.sources", "from ...model import zoo", ["tfcnn.model.zoo"]),
        ("tfcnn.ascent", "def f():\n    from tfcnn import training", ["tfcnn.training"]),
        (
            "tfcnn.model",
            "import experiments.command_line.program",
            ["experiments.command_line.program"],
        ),
        ("tfcnn.FOUNDATION", "from tfcnn.data import load", ["tfcnn.data.load"]),
        ("experiments", "from tensorflow import keras", ["tensorflow.keras"]),
        ("tfcnn.model", "import keras", ["keras"]),
        ("tfcnn.training", "from tfcnn.data import load", []),
        ("tfcnn.data.sources", "from ..idx import read", []),
        ("tfcnn.ascent", "from tfcnn.errors import InputError", []),
        ("experiments", "from tfcnn.report import draw_kernels", []),
    ],
)
def test_the_check_itself_tells_right_from_wrong(package, line, wrong):
    assert wrong_arrows(line, package) == wrong


# They read its files, by h5py.
READS_FILES_OF_KERAS = [
    ROOT / path
    for path in (
        "experiments/import_weights.py",
        "tfcnn/exchange/apart.py",
        "tfcnn/exchange/foreign_layers.py",
        "tfcnn/exchange/foreign_weights.py",
        "tfcnn/exchange/keras_files.py",
        "tfcnn/exchange/tensor_files.py",
    )
]


def test_no_other_source_names_keras():
    assert SOURCES
    named = [path for path in SOURCES if "keras" in path.read_text(encoding="utf-8").lower()]
    assert named == READS_FILES_OF_KERAS


def test_import_of_the_package_is_light():
    heavy = ("tensorflow", "numpy", "matplotlib", "scipy", "safetensors", "tensorflow_datasets")
    program = f"import sys, tfcnn; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
