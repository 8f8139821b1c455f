"""The program on a tiny run: its table, its files, its messages."""

from __future__ import annotations

import json

import numpy as np
import pytest

import tfcnn


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory, sample):
    architecture = tfcnn.model.parse("conv(4,5) max(4) flatten dense(10,act=linear)")
    network = tfcnn.model.Network(architecture, sample.train.images.shape[1:], seed=0)
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    config = tfcnn.training.TrainConfig(epochs=1)
    tfcnn.training.train(network, sample, config, folder, progress=False)
    return folder


def test_table_files_and_headline(run_program, run_dir, sample):
    done = run_program(
        "maximize",
        *(f"--run_dir={run_dir}", "--layer=conv1", "--filters=3,1", "--seed=5"),
        *("--steps=20", "--restarts=2", "--candidates=16"),
    )
    assert "2 filters: " in done.stdout
    files = done.written()
    ending = "conv1_filters3-1_steps20_restarts2_candidates16_seed5"
    assert list(files) == [
        *(f"patterns_{ending}.{kind}" for kind in ("png", "csv", "json")),
        *(f"{start}_{ending}.png" for start in ("restarts", "evidence")),
        f"patterns_{ending}.npz",
    ]
    assert {path.parent for path in files.values()} == {run_dir / "plots"}
    for name, path in files.items():
        assert not name.endswith(".png") or path.read_bytes()[:4] == b"\x89PNG"
    table = json.loads(files[f"patterns_{ending}.json"].read_text())
    assert [row["filter"] for row in table["filters"]] == [3, 1]
    assert [(row["tries"], row["candidates"]) for row in table["filters"]] == [(2, 16)] * 2
    rows = done.rows(f"patterns_{ending}.csv")
    assert [float(row["score"]) for row in rows] == [row["score"] for row in table["filters"]]

    # The same from the library.
    network = tfcnn.load_run(run_dir)
    evidence = tfcnn.ascent.gather_evidence(
        network, "conv1", sample.train.images, sample.train.labels, progress=False
    )
    patterns = tfcnn.ascent.maximize(
        network,
        "conv1",
        [3, 1],
        steps=20,
        restarts=2,
        candidates=16,
        seed=5,
        evidence=evidence,
        progress=False,
    )
    np.testing.assert_allclose(
        [row["score"] for row in table["filters"]], patterns.scores, rtol=1e-4
    )
    assert [row["verdict"] for row in table["filters"]] == list(patterns.verdicts)


@pytest.mark.parametrize(
    ("flags", "ending"),
    [
        ([], "conv1"),
        (["--recipe=robust"], "conv1"),
        (["--recipe=plain"], "conv1_plain"),
        (["--reduction=centre"], "conv1_centre"),
        (["--reduction=centre", "--recipe=plain", "--filters=1"], "conv1_centre_filters1"),
        (["--reduction=centre", "--recipe=robust"], "conv1_centre_robust"),
        (["--steps=2", "--seed=1"], "conv1_steps2_seed1"),
    ],
)
def test_files_are_named_by_what_differs_from_the_default(run_program, run_dir, flags, ending):
    common = (f"--run_dir={run_dir}", "--layer=conv1")
    written = run_program("maximize", *common, *flags).written()
    tables = ("patterns.csv", "patterns.json", "patterns.npz")
    kinds = (*tables, "patterns.png", "restarts.png", "evidence.png")
    assert set(written) == {kind.replace(".", f"_{ending}.") for kind in kinds}
