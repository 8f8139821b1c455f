"""The programs that look inside, each as a process, on small networks trained on the sample."""

from __future__ import annotations

import hashlib
import json
import pathlib
import re
import shutil

import numpy as np
import pytest
import tensorflow as tf

import tfcnn

ROOT = pathlib.Path(__file__).parents[2]
DATASET = f"idx:{ROOT / 'tests' / 'data' / 'sample'}"
TEXT = "conv(4,5) max(4) conv(5,3) flatten dense(8) dense(10,act=linear)"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    data = tfcnn.data.load(DATASET)
    for seed in (0, 1):
        network = tfcnn.model.Network(tfcnn.model.parse(TEXT), (28, 28, 1), seed=seed)
        config = tfcnn.training.TrainConfig(epochs=4, batch_size=32, seed=seed)
        tfcnn.training.train(network, data, config, folder / f"seed{seed}", progress=False)
    return folder


def test_activations_draws_every_layer_and_says_what_the_network_says(run_program, runs):
    done = run_program("activations", f"--run_dir={runs / 'seed0'}", "--index=3")
    layers = ("conv1", "pool1", "conv2", "dense1", "dense2")
    assert set(done.written()) == {
        "activations_3.png",
        *(f"activations_3_{layer}.png" for layer in layers),
    }
    data, network = tfcnn.data.load(DATASET), tfcnn.load_run(runs / "seed0")
    shares = tf.nn.softmax(network(data.test.images[3:4] / np.float32(255)))[0].numpy()
    said = f"says {shares.argmax()} with {shares.max():.1%}"
    assert f"test image 3 ({data.test.labels[3]}): the network {said}" in done.stdout


def test_activations_of_a_picture_of_ones_own(run_program, runs, tmp_path):
    image = tfcnn.data.load(DATASET).test.images[3]
    (tmp_path / "3.png").write_bytes(tf.io.encode_png(image).numpy())
    flags = (f"--run_dir={runs / 'seed0'}", f"--image={tmp_path / '3.png'}")
    refused = run_program("activations", *flags, "--index=3")
    assert refused.returncode == 2
    assert refused.stderr == "activations: --index: expected none beside --image, found 3\n"
    same = run_program("activations", *flags)
    done = run_program("activations", flags[0], "--index=3")
    # A picture's pixels are red, green and blue; the first eight digits of their SHA-256.
    shown = b"(28, 28, 3)" + np.repeat(image, 3, axis=2).tobytes()
    digits = hashlib.sha256(shown).hexdigest()[:8]
    assert f"activations_image_3_{digits}_conv1.png" in same.written()
    assert not set(done.written()) & set(same.written())
    said = "pictures become: bright ink on a dark ground, scaled to 20 pixels, its centre of mass"
    assert same.stdout.startswith(said)
    [first], [mine] = (
        [line.partition(": ")[2] for line in each.stdout.splitlines() if ": the network" in line]
        for each in (done, same)
    )
    assert first == mine


def test_attribute_adds_up(run_program, runs):
    done = run_program("attribute", f"--run_dir={runs / 'seed0'}", "--index=3", "--layer=conv2")
    assert len(done.written()) == 1
    words = re.match(
        r"logit (\S+), of the black image (\S+); integrated gradients add up to (\S+)", done.stdout
    )
    logit, black, total = map(float, words.groups())
    data, network = tfcnn.data.load(DATASET), tfcnn.load_run(runs / "seed0")
    image = data.test.images[3:4] / np.float32(255)
    logits, of_black = network(image).numpy()[0], network(0 * image).numpy()[0]
    assert (logit, black) == pytest.approx((logits.max(), of_black[logits.argmax()]), abs=0.006)
    assert total == pytest.approx(logit - black, rel=0.01, abs=0.02)


def test_attribute_shows_the_methods_asked_for_and_says_so_in_the_file_s_name(run_program, runs):
    flags = f"--run_dir={runs / 'seed0'}", "--index=3", "--target=2"
    done = run_program("attribute", *flags, "--methods=occlusion,gradient")
    assert list(done.written()) == ["attribution_3_2_occlusion_gradient.png"]
    assert "integrated" not in done.stdout
    refused = run_program("attribute", *flags, "--methods=gradeint")
    names = ", ".join(tfcnn.inspection.attribution.METHODS)
    said = f"attribute: --methods: expected one of {names}, found 'gradeint'\n"
    assert (refused.returncode, refused.stderr) == (2, said)


def test_attribute_leaves_grad_cam_out_where_there_are_no_maps(run_program, tmp_path):
    run = tmp_path / "run"
    network = tfcnn.model.Network(tfcnn.model.parse("flatten dense(10,act=linear)"), (28, 28, 1))
    tfcnn.runs.save_as_run(run, network, tfcnn.data.load(DATASET), {})
    assert len(run_program("attribute", f"--run_dir={run}").written()) == 1
    done = run_program("attribute", f"--run_dir={run}", "--layer=dense1")
    assert done.stderr == ("attribute: --layer: expected a network with maps, found 'dense1'\n")


def test_ablate_agrees_with_the_library(run_program, runs):
    done = run_program("ablate", f"--run_dir={runs / 'seed0'}", "--layer=conv2")
    rows = done.rows("ablation_conv2_zero.csv")
    data, network = tfcnn.data.load(DATASET), tfcnn.load_run(runs / "seed0")
    found = tfcnn.inspection.ablate(
        network, "conv2", data.test.images, data.test.labels, progress=False
    )
    assert [int(row["filter"]) for row in rows] == found.ranking.tolist()
    lost = [float(row["lost (points)"]) for row in rows]
    assert lost == pytest.approx(100 * found.lost[found.ranking], abs=0.006)


def test_compare_shows_pairs_beside_what_is_known(run_program, runs):
    folders = f"--run_dirs={runs / 'seed0'},{runs / 'seed1'}"
    done = run_program("compare", folders, "--pairs=3")
    files = done.written()
    assert set(files) == {"compare_seed1.png", "compare_seed1.csv", "pairs_conv1_seed1_pairs3.png"}
    rows = done.rows("compare_seed1.csv")
    assert [(row["pair"], row["layer"]) for row in rows] == [
        (pair, layer)
        for pair in (
            "seed0, seed1",
            "itself, permuted",
            *(f"untrained {a}, untrained {b}" for a, b in [(1, 2), (1, 3), (2, 3)]),
        )
        for layer in ("conv1", "conv2", "dense1")
    ]
    for row in rows[3:6]:
        assert float(row["CKA"]) == 1
    for row in rows[:3]:
        assert float(row["mean correlation"]) >= float(row["same number"])


def test_compare_refuses_networks_for_other_images(run_program, runs, tmp_path):
    shutil.copytree(runs / "seed1", tmp_path / "colour")
    colour = tfcnn.model.Network(tfcnn.model.parse(TEXT), (28, 28, 3))
    colour.save(tmp_path / "colour" / "weights.safetensors")
    done = run_program("compare", f"--run_dirs={runs / 'seed0'},{tmp_path / 'colour'}")
    assert done.returncode == 2, done.stderr
    assert done.stderr == (
        "compare: --run_dirs: expected networks for images of one shape, found 28x28x1 of seed0, "
        "28x28x3 of colour\n"
    )


def test_three_runs_are_told_with_their_spread(run_program, runs, tmp_path):
    shutil.copytree(runs / "seed1", tmp_path / "seed1")  # The same name: both are shown in full.
    folders = ",".join(map(str, (runs / "seed0", runs / "seed1", tmp_path / "seed1")))
    done = run_program("compare", f"--run_dirs={folders}", "--pairs=2", "--layer=dense1")
    others = re.search(r"compare_(3_runs_[0-9a-f]{8})\.png", done.stdout)[1]
    names = {f"compare_{others}.png", f"compare_{others}.csv", f"pairs_dense1_{others}_pairs2.png"}
    assert set(done.written()) == names
    # The second and third are one network: two pairs are equal, and the third pair's filters too.
    conv1 = next(row for row in done.stdout.splitlines() if row.split()[2] == "conv1")
    rows = done.rows(f"compare_{others}.csv")
    assert rows[0]["pair"] == f"{runs / 'seed0'}, {runs / 'seed1'}"
    ckas = [float(row["CKA"]) for row in rows if row["layer"] == "conv1"][:3]
    mean, deviation = float(np.mean(ckas)), float(np.std(ckas, ddof=1))
    found = re.search(r"(\S+) \+- (\S+)$", conv1).groups()
    assert list(map(float, found)) == pytest.approx([mean, deviation], abs=0.002)


def test_paste_agrees_with_the_library(run_program, runs):
    flags = ("--layer=conv2", "--filter=2", "--strength=1", "--seed=3")
    done = run_program("paste", f"--run_dir={runs / 'seed0'}", *flags)
    rows = done.rows("paste_conv2_2_strength1_seed3.csv")
    data, network = tfcnn.data.load(DATASET), tfcnn.load_run(runs / "seed0")
    patterns = tfcnn.ascent.maximize(network, "conv2", [2], seed=3, progress=False)
    found = tfcnn.inspection.paste(
        network, patterns.images[0], data.test.images, data.test.labels, seed=3
    )
    rises = (found.after - found.before).mean(axis=0)
    shown = [float(row["with the pattern"]) for row in rows]
    assert shown == pytest.approx(rises, abs=0.006)
    assert f"with the pattern {found.accuracies()[1]:.2%}" in done.stdout


@pytest.mark.parametrize(
    ("program", "flags", "files"),
    [
        ("attribute", ("--target=4",), ("attribution_3_4.png", "attribution_image_3_DIGITS_4.png")),
        (
            "dream",
            ("--layer=conv2", "--frames=2"),
            ("dream_conv2_3_frames2.png", "dream_conv2_image_3_DIGITS_frames2.png"),
        ),
    ],
)
def test_a_picture_of_ones_own_is_seen_as_the_test_image_that_it_is(
    run_program, runs, tmp_path, program, flags, files
):
    image = tfcnn.data.load(DATASET).test.images[3]
    (tmp_path / "3.png").write_bytes(tf.io.encode_png(image).numpy())
    flags = (f"--run_dir={runs / 'seed0'}", *flags)
    by_index = run_program(program, *flags, "--index=3")
    by_picture = run_program(program, *flags, f"--image={tmp_path / '3.png'}")
    # A picture's pixels are red, green and blue; the first eight digits of their SHA-256.
    shown = b"(28, 28, 3)" + np.repeat(image, 3, axis=2).tobytes()
    digits = f"3_{hashlib.sha256(shown).hexdigest()[:8]}"
    files = [file.replace("3_DIGITS", digits) for file in files]
    assert [*by_index.written(), *by_picture.written()] == files
    as_it_is = run_program(program, *flags, f"--image={tmp_path / '3.png'}", "--preprocess=none")
    assert as_it_is.stdout.splitlines()[-2] == by_index.stdout.splitlines()[-2]
    assert list(as_it_is.written()) == [files[1].replace(digits, f"{digits}_none")]
    # The figures that the program prints are those of the image.
    assert by_picture.stdout.splitlines()[-2] == by_index.stdout.splitlines()[-2]


def test_paste_into_one_image_agrees_with_the_library(run_program, runs):
    flags = (f"--run_dir={runs / 'seed0'}", "--layer=conv2", "--filter=2", "--index=3")
    done = run_program("paste", *flags)
    assert list(done.written()) == ["paste_conv2_2_3.png", "paste_conv2_2_3.csv"]
    data, network = tfcnn.data.load(DATASET), tfcnn.load_run(runs / "seed0")
    [pattern] = tfcnn.ascent.maximize(network, "conv2", [2], progress=False).images
    both = np.stack(
        [data.test.images[3], tfcnn.inspection.pasted(data.test.images[3:4], pattern, 0.5)[0]]
    )
    before, after = network(both / np.float32(255)).numpy()
    rises = [float(row["with the pattern"]) for row in done.rows("paste_conv2_2_3.csv")]
    assert rises == pytest.approx(after - before, abs=0.006)
    shares = tf.nn.softmax(after).numpy()
    assert f"; with the pattern {after.argmax()} with {shares.max():.1%};" in done.stdout


def test_weights_over_the_checkpoints(run_program, runs):
    done = run_program("weights", f"--run_dir={runs / 'seed0'}", "--checkpoints=all")
    strips = {f"kernels_over_time_{layer}.png" for layer in ("conv1", "conv2")}
    assert strips <= set(done.written())
    states = tfcnn.open_run(runs / "seed0").states()
    first, last = (states[time][1]["conv2/kernel"].reshape(-1, 5) for time in (0, -1))
    mean = np.mean([np.corrcoef(first[:, n], last[:, n])[0, 1] for n in range(5)])
    assert re.search(rf"^conv2/kernel +1\.000 .* {mean:.3f}$", done.stdout, re.MULTILINE)


def test_classes_prints_confusions_and_probes(run_program, runs):
    done = run_program("classes", f"--run_dir={runs / 'seed0'}", "--probe_images=300")
    files = done.written()
    assert set(files) == {
        "class_patterns_conv2.png",
        "lookalikes_conv2.png",
        "probes_probe_images300.csv",
    }
    layers = ["input", "conv1", "pool1", "conv2", "dense1", "dense2"]
    rows, data, network = (
        done.rows("probes_probe_images300.csv"),
        tfcnn.data.load(DATASET),
        tfcnn.load_run(runs / "seed0"),
    )
    assert [row["layer"] for row in rows] == layers
    test = data.test.images, data.test.labels
    train = data.train.images[:300], data.train.labels[:300]
    probes = tfcnn.inspection.probe_layers(network, layers[1:], train, test, progress=False)
    for row, probe in zip(rows, probes, strict=True):
        assert int(row["values"]) == probe.values
        shares = float(row["linear probe"]), float(row["nearest neighbours"])
        assert shares == pytest.approx(
            (probe.linear_accuracy, probe.neighbour_accuracy), abs=5.1e-5
        )
    said = network(test[0] / np.float32(255)).numpy().argmax(axis=1)
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (test[1], said), 1)
    told = re.findall(r"^(\d+) of class (\d) taken for (\d); ", done.stdout, re.MULTILINE)
    found = [int(count) for count, _, _ in told]
    assert found == [counts[int(right), int(wrong)] for _, right, wrong in told]
    np.fill_diagonal(counts, 0)
    assert found == sorted(counts.ravel(), reverse=True)[: len(found)]
    accuracy = json.loads((runs / "seed0" / "metrics.jsonl").read_text().splitlines()[-1])
    assert f"the network itself: {accuracy['test_accuracy']:.2%}" in done.stdout


def test_classes_of_a_network_without_maps_need_a_layer(run_program, tmp_path):
    data = tfcnn.data.load(DATASET)
    network = tfcnn.model.Network(tfcnn.model.parse("flatten dense(10,act=linear)"), (28, 28, 1))
    tfcnn.runs.save_as_run(tmp_path, network, data, {})
    done = run_program("classes", f"--run_dir={tmp_path}")
    said = "--layer: expected one of flatten, dense1, since none has maps, found none"
    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, f"classes: {said}")
