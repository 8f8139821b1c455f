"""Colour images through every room: a small set of coloured stripes, made here."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import matplotlib.image
import numpy as np
import pytest
from PIL import Image

import tfcnn
from tfcnn.inspection import top_patches
from tfcnn.report.pairs import _kernels

ROOT = pathlib.Path(__file__).parents[1]
COLOURS = {"blue": (30, 60, 230), "green": (40, 210, 50), "red": (230, 40, 30)}
TEXT = "conv(6,3) max(2) conv(6,3) flatten dense(3,act=linear)"
RED, GREEN, BLUE = range(3)


def striped(colour, generator):
    """A stripe of the colour, two pixels wide, across or down, on grey noise."""
    pixels = np.repeat(generator.integers(60, 150, (12, 12, 1), np.uint8), 3, axis=2)
    place = generator.integers(1, 9)
    across = pixels if generator.integers(2) else pixels.transpose(1, 0, 2)
    across[place : place + 2] = colour
    return pixels


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    """A run on a folder of 40 pictures a class, trained by the program."""
    folder = tmp_path_factory.mktemp("stripes")
    generator = np.random.default_rng(0)
    for name, colour in COLOURS.items():
        (folder / "pictures" / name).mkdir(parents=True)
        for number in range(40):
            picture = Image.fromarray(striped(colour, generator))
            picture.save(folder / "pictures" / name / f"{number}.png")
    flags = {
        "dataset": f"folder:{folder / 'pictures'}",
        "arch": TEXT,
        "epochs": 12,
        "batch_size": 16,
        "learning_rate": 0.03,
        "run_dir": folder / "run",
    }
    command = [sys.executable, "-m", "experiments.train"]
    command += [f"--{name}={value}" for name, value in flags.items()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "run"


@pytest.fixture(scope="module")
def data(run_dir):
    return tfcnn.open_run(run_dir).data()


@pytest.fixture(scope="module")
def planted():
    """Filter 0 likes red and hates the rest, filter 1 the same of blue, filter 2 likes all."""
    network = tfcnn.model.Network(tfcnn.model.parse("conv(3,3)"), (12, 12, 3))
    kernel = np.zeros((3, 3, 3, 3), np.float32)
    kernel[..., 0] = np.array([1, -1, -1]) / 9
    kernel[..., 1] = np.array([-1, -1, 1]) / 9
    kernel[..., 2] = 1 / 27
    network.weights["conv1/kernel"].assign(kernel)
    return network


@pytest.fixture(scope="module")
def patterns(planted, data):
    evidence = tfcnn.ascent.gather_evidence(
        planted, "conv1", data.train.images, data.train.labels, progress=False
    )
    return tfcnn.ascent.maximize(
        planted, "conv1", steps=40, restarts=2, candidates=16, evidence=evidence, progress=False
    )


def test_the_network_tells_the_colours_apart(run_dir, data):
    assert data.class_names == ("blue", "green", "red")
    assert data.train.images.shape == (96, 12, 12, 3)
    network = tfcnn.load_run(run_dir)
    assert network.input_shape == (12, 12, 3)
    answers = network(data.test.images / np.float32(255)).numpy().argmax(axis=1)
    assert np.mean(answers == data.test.labels) > 0.95
    # And by nothing else: with red and blue exchanged it says the other one.
    exchanged = network(data.test.images[..., ::-1] / np.float32(255)).numpy().argmax(axis=1)
    assert np.mean(exchanged == 2 - data.test.labels) > 0.95


def test_a_filter_that_likes_red_gets_a_red_pattern(patterns):
    for number, liked in ((0, RED), (1, BLUE)):
        means = patterns.images[number].mean(axis=(0, 1))
        assert means[liked] > 0.9
        assert np.delete(means, liked).max() < 0.1
    assert patterns.images[2].mean() > 0.9
    assert patterns.scores[0] == pytest.approx(1, abs=0.1)  # Red everywhere gives 1.


def test_real_patches_of_the_red_filter_are_red(planted, patterns, data):
    evidence = patterns.evidence
    favourites = evidence.class_means[:, :2].argmax(axis=0)
    assert [data.class_names[label] for label in favourites] == ["red", "blue"]
    patches = top_patches(planted, evidence, data.train.images, 0)
    assert patches.shape[1:] == (3, 3, 3)
    for patch in patches:
        means = patch.mean(axis=(0, 1))
        assert means[RED] > 1.5 * max(means[GREEN], means[BLUE])


def test_feature_maps_of_the_red_filter_are_sums_of_the_image(planted, data):
    image = data.test.images[0] / np.float32(255)
    found = planted.activations(image[np.newaxis])["conv1/linear"][0, ..., 0].numpy()
    redness = image[..., RED] - image[..., GREEN] - image[..., BLUE]
    windows = np.lib.stride_tricks.sliding_window_view(redness, (3, 3))
    np.testing.assert_allclose(found, windows.mean(axis=(2, 3)), atol=1e-5)


def test_a_dream_of_red_becomes_red(planted):
    grey = np.full((12, 12, 3), 0.5, np.float32)
    objective = tfcnn.ascent.objectives.filter_map("conv1", 0)
    images, values = tfcnn.ascent.dream(planted, objective, grey, frames=3)
    redness = images[..., RED] - images[..., GREEN] - images[..., BLUE]
    assert (np.diff(redness.mean(axis=(1, 2))) > 0).all()
    assert values[-1] > values[0] + 0.5


def of_colour(path, colour):
    """How many pixels of a picture have a colour, in [0, 1]."""
    pixels = matplotlib.image.imread(path)[..., :3]
    return int((np.abs(pixels - np.array(colour)).max(axis=2) < 0.02).sum())


def test_kernels_are_drawn_in_the_colours_that_they_like(planted, tmp_path):
    kernel = planted.weights["conv1/kernel"].numpy()
    kernel[..., 2] = 0
    tfcnn.report.draw_kernels(kernel, tmp_path / "k.png", "conv1/kernel", reads_colours=True)
    tiles = [of_colour(tmp_path / "k.png", colour) for colour in ((1, 0, 0), (0, 0, 1), [0.5] * 3)]
    assert min(tiles) > 2000
    assert max(tiles) == pytest.approx(min(tiles), rel=0.1)  # Tiles of one size.
    assert of_colour(tmp_path / "k.png", (0, 1, 0)) == 0


def test_kernels_over_time_are_drawn_in_the_colours_that_they_like(planted, tmp_path):
    kernel = planted.weights["conv1/kernel"].numpy()
    times, path = ["step 0", "step 9"], tmp_path / "strip.png"
    strip = np.stack([kernel, kernel[..., ::-1]])  # Red, blue, grey and then grey, blue, red.
    tfcnn.report.draw_kernel_strip(strip, times, path, "conv1/kernel", reads_colours=True)
    red, blue = (of_colour(path, colour) for colour in ((1, 0, 0), (0, 0, 1)))
    assert red > 2000
    assert blue == pytest.approx(red, rel=0.1)
    assert of_colour(path, (0, 1, 0)) == 0


def test_matched_kernels_are_drawn_in_the_colours_that_they_like(planted):
    pairs = np.array([[0, 1], [1, 0]])
    kernels = _kernels(planted, planted, "conv1", None, pairs)
    red, blue = np.eye(3)[[RED, BLUE]]
    for row, colours in zip(kernels, ((red, blue), (blue, red)), strict=True):
        for tile, colour in zip(row, colours, strict=True):
            np.testing.assert_allclose(tile, np.broadcast_to(colour, (3, 3, 3)), atol=1e-6)


def test_pictures_keep_the_colours(planted, patterns, data, tmp_path):
    tfcnn.report.draw_filter_grid(patterns, tmp_path / "grid.png")
    [sheet] = tfcnn.report.draw_evidence_sheets(
        planted, patterns, data.train.images, data.class_names, tmp_path / "evidence.png"
    )
    image = np.broadcast_to(np.float32([1, 0, 0]), (12, 12, 3))
    shares = [0.1, 0.1, 0.8]
    tfcnn.report.draw_decision(image, shares, data.class_names, tmp_path / "decision.png", "red")
    for path in (tmp_path / "grid.png", sheet, tmp_path / "decision.png"):
        assert of_colour(path, (1, 0, 0)) > 1000, path


def test_the_report_holds_the_programs_pictures(run_dir):
    for name, flags in (("weights", []), ("activations", ["--index=1"])):
        command = [sys.executable, "-m", f"experiments.{name}", f"--run_dir={run_dir}", *flags]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    page = tfcnn.report.write_report(run_dir).read_text()
    for name in ("kernels_conv1", "activations_1_conv1", "learning_curves"):
        assert f"(<code>{name}.png</code>).</figcaption>" in page
