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
    assert "2 of 2 filters accounted for: " in done.stdout
    files = done.written()
    assert list(files) == [
        *("patterns_conv1_some.png", "patterns_conv1_some.csv", "patterns_conv1_some.json"),
        *("restarts_conv1_some.png", "evidence_conv1_some.png"),
    ]
    assert {path.parent for path in files.values()} == {run_dir / "plots"}
    for name, path in files.items():
        assert not name.endswith(".png") or path.read_bytes()[:4] == b"\x89PNG"
    table = json.loads(files["patterns_conv1_some.json"].read_text())
    assert [row["filter"] for row in table["filters"]] == [3, 1]
    assert [(row["tries"], row["candidates"]) for row in table["filters"]] == [(2, 16)] * 2
    rows = done.rows("patterns_conv1_some.csv")
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
        (["--recipe=robust"], "conv1"),
        (["--recipe=plain"], "conv1_plain"),
        (["--reduction=centre"], "conv1_centre"),
        (["--reduction=centre", "--recipe=plain", "--filters=1"], "conv1_centre_some"),
        (["--reduction=centre", "--recipe=robust"], "conv1_centre_robust"),
    ],
)
def test_files_are_named_by_what_differs_from_the_default(run_program, run_dir, flags, ending):
    common = (f"--run_dir={run_dir}", "--layer=conv1", "--steps=1", "--restarts=2")
    written = run_program("maximize", *common, *flags).written()
    kinds = ("patterns.png", "patterns.csv", "patterns.json", "restarts.png", "evidence.png")
    assert set(written) == {kind.replace(".", f"_{ending}.") for kind in kinds}
