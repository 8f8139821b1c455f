"""The program on a tiny run: its table, its files, its messages."""

from __future__ import annotations

import dataclasses
import json
import re

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


def test_a_formula_is_climbed_and_drawn(run_program, run_dir):
    text = "conv1[3] - 0.5*max(conv1/linear[1])"
    climb = ("--steps=20", "--restarts=2", "--candidates=16")
    done = run_program("maximize", f"--run_dir={run_dir}", f"--objective={text}", *climb)
    [name, table] = done.written()
    assert re.fullmatch(
        r"objective_[0-9a-f]{8}_conv1_3_0.5_max_conv1_linear_1_steps20_restarts2_candidates16.png",
        name,
    )
    # The same from the library, written by hand.
    network = tfcnn.load_run(run_dir)
    objectives = tfcnn.ascent.objectives
    goal = objectives.filter_map("conv1", 3) - 0.5 * objectives.filter_map("conv1/linear", 1, "max")
    climbs = tfcnn.ascent.climb_objectives(
        network,
        [goal],
        recipe=dataclasses.replace(tfcnn.ascent.RECIPES["robust"], steps=20),
        restarts=2,
        candidates=16,
        progress=False,
    )
    rows = done.rows(table)
    assert [int(row["restart"]) for row in rows] == np.argsort(-climbs.robust_scores[0]).tolist()
    for row in rows:
        assert float(row["value"]) == pytest.approx(
            climbs.scores[0, int(row["restart"])], rel=1e-3, abs=1e-3
        )
    other = run_program("maximize", f"--run_dir={run_dir}", "--objective=-logits[3]", *climb)
    assert not set(other.written()) & {name, table}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("conv1[3", "position 8: expected ']', found the end"),
        ("conv9[3]", "position 1: expected one of conv1, pool1, flatten, dense1, logits, found"),
        ("2", "expected something that is read, such as a layer, found none"),
        ("1/(conv1[0]-conv1[0])", "expected a finite value on each image found, found "),
    ],
)
def test_what_is_wrong_in_a_formula_is_told(run_program, run_dir, text, message):
    done = run_program("maximize", f"--run_dir={run_dir}", f"--objective={text}", "--restarts=1")
    *_, line = done.stderr.splitlines()  # After what the progress bar left.
    assert line.startswith(f"maximize: --objective: {message}")
    assert done.returncode == 2


def test_without_a_layer_the_last_with_filters_is_taken(run_program, run_dir):
    done = run_program("maximize", f"--run_dir={run_dir}", "--steps=1", "--restarts=1")
    assert "patterns_conv1_steps1_restarts1.png" in done.written()


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
