"""The examples in docstrings, run as they stand."""

from __future__ import annotations

import doctest
import importlib
import pathlib

import pytest

import tfcnn

ROOT = pathlib.Path(__file__).parents[1]


def _examples():
    for path in sorted(ROOT.glob("tfcnn/**/*.py")):
        if ">>>" not in path.read_text(encoding="utf-8"):
            continue
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        module = importlib.import_module(name)
        for example in doctest.DocTestFinder().find(module, name):
            if example.examples:
                yield pytest.param(example, id=example.name.removeprefix("tfcnn."))


@pytest.mark.parametrize("example", list(_examples()))
def test_an_example_gives_what_it_says(example, sample, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    example.globs |= {"tfcnn": tfcnn, "data": sample}
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL
    said: list[str] = []
    failed, _ = doctest.DocTestRunner(optionflags=flags).run(example, out=said.append)
    assert not failed, "".join(said)
