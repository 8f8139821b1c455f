"""Nothing is written over what a run's folder holds."""

from __future__ import annotations

import pytest

from tfcnn.errors import InputError
from tfcnn.runs import refuse_own_files

OWN = [
    *("config.json", "environment.json", "metrics.jsonl", "norms.jsonl", "lock"),
    *("lock.held", "sweep.json"),
    *("weights.safetensors", "weights.earlier.safetensors"),
    *("checkpoints", "checkpoints/step-7", "checkpoints/step-7/x.npz", "tensorboard/a/b"),
]
DRAWN = ["report.html", "plots", "plots/kernels_conv1.png", "plots.3_epochs/new.onnx"]
FREE = ["net.onnx", "exports/weights.safetensors", "my_checkpoints/a", "plots_of_mine", ""]


@pytest.fixture(name="run")
def _run(tmp_path):
    """The folder of a run, as far as it matters here."""
    folder = tmp_path / "runs" / "first"
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    return folder


def refused(path, **choices):
    try:
        refuse_own_files("path", path, **choices)
    except InputError as error:
        return str(error)
    return None


def test_what_is_a_runs_own(run):
    for name in (*OWN, *DRAWN):
        assert refused(run / name) == (
            f"path: expected a place that is no run's own, found {run / name}, which belongs to "
            f"the run in {run}"
        )
    assert [name for name in FREE if refused(run / name)] == []


def test_pictures_may_go_where_a_run_has_its_own(run):
    assert [name for name in (*DRAWN, *FREE) if refused(run / name, draws=True)] == []
    assert None not in [refused(run / name, draws=True) for name in OWN]


def test_a_folder_without_a_run_has_nothing_of_its_own(tmp_path):
    """Such as one of another tool, which has a config.json, or one that weights were put into."""
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_text("{}")
    assert [name for name in (*OWN, *DRAWN) if refused(tmp_path / name)] == []


def test_links_and_other_spellings_are_seen_through(run, tmp_path, monkeypatch):
    (tmp_path / "link").symlink_to(run, target_is_directory=True)
    (tmp_path / "inside").symlink_to(run / "checkpoints", target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    for path in (
        "link/weights.safetensors",
        "runs/../runs/first/config.json",
        "link/plots/../metrics.jsonl",
        "inside",
        "inside/step-7",
    ):
        assert refused(path), path
