"""No file of a stranger is ever run: what could do that is not in the source."""

from __future__ import annotations

import ast
import pathlib

import pytest

ROOT = pathlib.Path(__file__).parents[1]
SOURCES = sorted([*ROOT.glob("tfcnn/**/*.py"), *ROOT.glob("experiments/**/*.py")])
MODULES = {
    "pickle",
    "cPickle",
    "dill",
    "cloudpickle",
    "joblib",
    "marshal",
    "shelve",
    "yaml",
    "code",
}
CALLS = {"eval", "exec", "compile", "__import__"}
METHODS = {
    "os": {"system", "popen", "execv", "execl", "spawnl", "spawnv"},
    "tf": {"py_function", "numpy_function"},
}
ARGUMENTS = {"shell": "subprocess", "allow_pickle": "numpy"}
UNPACKING = {"extract", "extractall", "unpack_archive"}


def dangers(source: str) -> list[str]:
    """What in a module's source could run code from data, or trust the names in an archive."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names]
            found += [name for name in names if name.partition(".")[0] in MODULES]
        elif isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Name) and function.id in CALLS:
                found.append(function.id)
            elif isinstance(function, ast.Attribute):
                owner = function.value.id if isinstance(function.value, ast.Name) else ""
                weights_only = any(
                    argument.arg == "weights_only"
                    and isinstance(argument.value, ast.Constant)
                    and argument.value.value is True
                    for argument in node.keywords
                )
                if function.attr in METHODS.get(owner, set()) | UNPACKING or (
                    (owner, function.attr) == ("torch", "load") and not weights_only
                ):
                    found.append(f"{owner}.{function.attr}")
            found += [
                f"{argument.arg}="
                for argument in node.keywords
                if argument.arg in ARGUMENTS
                and not (isinstance(argument.value, ast.Constant) and argument.value.value is False)
            ]
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_in_the_source_runs_data(path):
    assert dangers(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "danger"),
    [
        ("import pickle", "pickle"),
        ("from joblib import load", "joblib"),
        ("import a, marshal.b", "marshal.b"),
        ("x = eval(text)", "eval"),
        ("import os\nos.system(text)", "os.system"),
        ("subprocess.run(text, shell=True)", "shell="),
        ("subprocess.run(text, shell=flag)", "shell="),
        ("np.load(path, allow_pickle=True)", "allow_pickle="),
        ("torch.load(path)", "torch.load"),
        ("torch.load(path, weights_only=False)", "torch.load"),
        ("archive.extractall(folder)", "archive.extractall"),
        ("tf.py_function(f, [], [])", "tf.py_function"),
    ],
)
def test_each_danger_would_be_seen(source, danger):
    assert danger in dangers(source)


def test_what_is_harmless_is_let_pass():
    assert dangers("import json\nnp.load(p, allow_pickle=False)\nre.compile(text)") == []
    assert dangers("torch.load(path, weights_only=True)") == []
