"""``compare`` as a process, on runs that are hard to compare."""

from __future__ import annotations

import re

import numpy as np
import pytest
import tensorflow as tf

import tfcnn
from experiments.command_line.flag_types import words_of_others

CONV = "conv(4,3,pad=same) max(4) conv(3,3) flatten dense(10,act=linear)"
ARCHITECTURES = {
    "conv": CONV,
    "collapsed": CONV,
    "wide": CONV.replace("conv(4,3", "conv(4,5"),
    "valid": CONV.replace(",pad=same", ""),
    "mlp": "flatten dense(8) dense(10,act=linear)",
    "other_mlp": "flatten dense(8) dense(10,act=linear)",
    "linear": "flatten dense(10,act=linear)",
}


@pytest.fixture(scope="module")
def compare(run_program, tmp_path_factory, sample):
    """Compares runs by the names of their architectures."""
    folder = tmp_path_factory.mktemp("runs")
    for seed, (name, text) in enumerate(ARCHITECTURES.items()):
        network = tfcnn.model.Network(tfcnn.model.parse(text), (28, 28, 1), seed=seed)
        if name == "collapsed":  # As of a learning rate too high: no filter ever fires.
            network.weights["conv2/bias"].assign(tf.fill([3], -1e6))
        tfcnn.runs.save_as_run(folder / name, network, sample, {})

    def run(*names, flags=()):
        return run_program(
            "compare", f"--run_dirs={','.join(str(folder / n) for n in names)}", *flags
        )

    return run


def test_kernels_of_other_sizes_with_maps_of_one_size(compare, sample):
    done = compare("conv", "wide", flags=["--pairs=2"])
    files = done.written()
    assert set(files) == {"compare_wide.png", "compare_wide.csv", "pairs_conv1_wide_pairs2.png"}
    folder = files["compare_wide.csv"].parents[2]
    networks = {name: tfcnn.load_run(folder / name) for name in ("conv", "wide")}
    layers = networks["conv"].hidden_layers
    found = tfcnn.inspection.compare(networks, layers, sample.test.images, progress=False)
    for row, expected in zip(done.rows("compare_wide.csv"), found, strict=False):
        assert (row["pair"], row["layer"]) == ("conv, wide", expected.matching.layer)
        correlations = expected.matching.matched
        assert float(row["mean correlation"]) == pytest.approx(correlations.mean(), abs=6e-4)
        assert row["above 0.8"] == f"{round(100 * np.mean(correlations > 0.8)) / 100:g}"
        assert float(row["CKA"]) == pytest.approx(expected.cka, abs=6e-4)


def test_a_collapsed_run_has_dashes_and_no_pairs(compare):
    done = compare("conv", "collapsed", flags=["--layer=conv2"])
    assert set(done.written()) == {"compare_collapsed.png", "compare_collapsed.csv"}
    said = "no pairs are drawn: conv2 never changes in conv or in collapsed"
    assert said in done.stdout.splitlines()
    assert "Warning" not in done.stderr
    rows = {
        (row["pair"], row["layer"]): row["mean correlation"]
        for row in done.rows("compare_collapsed.csv")
    }
    assert rows["conv, collapsed", "conv2"] == ""
    assert float(rows["conv, collapsed", "conv1"]) > 0
    assert float(rows["itself, permuted", "conv2"]) == 1


def test_the_first_of_several_runs_may_be_the_collapsed_one(compare):
    done = compare("collapsed", "conv", "wide", flags=["--pairs=2"])
    assert any(
        re.fullmatch(r"pairs_conv1_3_runs_[0-9a-f]{8}_pairs2\.png", name) for name in done.written()
    )
    assert "Warning" not in done.stderr


@pytest.mark.parametrize(
    ("names", "flags", "said"),
    [
        (["conv", "mlp"], [], "--run_dirs: expected conv1 in all networks, found none in mlp"),
        (
            ["conv", "valid"],
            [],
            "--run_dirs: expected maps of one size of conv1, found 28x28 in conv, 26x26 in valid",
        ),
        (
            ["linear", "mlp"],
            [],
            "--run_dirs: expected networks with hidden layers, found none in linear",
        ),
        (
            ["conv", "wide"],
            ["--layer=conv9"],
            "--layer: expected one of conv1, conv2, found 'conv9'",
        ),
    ],
)
def test_what_cannot_be_compared_is_told_in_one_line(compare, names, flags, said):
    done = compare(*names, flags=flags)
    assert (done.returncode, done.stderr) == (2, f"compare: {said}\n")


def test_a_run_under_two_names_is_no_pair(compare):
    done = compare("conv", "wide/../conv")
    assert done.returncode == 2
    assert done.stderr.startswith("compare: --run_dirs: expected each folder once, found ")


def test_without_a_layer_the_first_is_drawn(compare):
    assert "pairs_dense1_other_mlp.png" in compare("mlp", "other_mlp").written()


def test_names_tell_runs_of_one_name_apart():
    """Beside the first its name is enough; the order, and what else is there, count."""
    names = [
        words_of_others(folders)
        for folders in (
            ["runs/a", "runs/b"],
            ["runs/a", "other/b"],
            ["runs/a", "runs/x/b"],
            ["runs/a", "runs/b", "runs/c"],
            ["runs/a", "runs/b", "runs/d"],
            ["runs/a", "runs/c", "runs/b"],
        )
    ]
    assert names[0] == "b"
    assert [name[:-8] for name in names[1:]] == ["b_"] * 2 + ["3_runs_"] * 3
    assert len(set(names)) == len(names)
    assert words_of_others(["runs/a", "./runs/b/"]) == "b"
