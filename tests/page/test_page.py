"""The page in a browser: drawn on with a mouse, asked, climbed, silenced."""

from __future__ import annotations

import re

import numpy as np
import pytest
import tensorflow as tf

import tfcnn
from tfcnn.ascent import RECIPES

expect = pytest.importorskip("playwright.sync_api").expect

SEVEN = [(70, 60), (210, 60), (110, 230)]


@pytest.fixture(scope="module")
def network(sample):
    """One that knows some digits."""
    architecture = tfcnn.model.parse("conv(8,5,stride=2) conv(12,3) flatten dense(10,act=linear)")
    network = tfcnn.model.Network(architecture, (28, 28, 1), seed=0)
    config = tfcnn.training.TrainConfig(epochs=15, batch_size=32)
    tfcnn.training.train(network, sample, config, progress=False)
    return network


def drawn(page, points):
    """Draws a stroke over these points of the sheet, of 280 pixels a side."""
    box = page.locator("#sheet").bounding_box()
    page.mouse.move(box["x"] + points[0][0], box["y"] + points[0][1])
    page.mouse.down()
    for x, y in points[1:]:
        page.mouse.move(box["x"] + x, box["y"] + y, steps=8)
    page.mouse.up()


def test_a_drawn_seven_is_read_as_the_library_reads_the_same_picture(opened, network, tmp_path):
    page = opened(network)
    drawn(page, SEVEN)
    expect(page.locator("#answer")).to_have_text(re.compile("^7 "))
    # The same sheet through the library's own preparation.
    url = page.evaluate("document.getElementById('sheet').toDataURL()")
    (tmp_path / "sheet.png").write_bytes(
        tf.io.decode_base64(
            url.partition(",")[2].replace("+", "-").replace("/", "_").rstrip("=")
        ).numpy()
    )
    mnist = tfcnn.data.Preparation("dark", "mass", 20)
    _, prepared = tfcnn.data.prepare_single(tmp_path / "sheet.png", (28, 28, 1), mnist)
    seen = page.evaluate(
        "[...document.getElementById('seen').getContext('2d').getImageData(0, 0, 28, 28).data]"
    )
    mine = np.array(seen, np.float64).reshape(28, 28, 4)[..., 0]
    theirs = prepared.image[..., 0].astype(np.float64)
    assert np.corrcoef(mine.ravel(), theirs.ravel())[0, 1] > 0.95
    logits = network(theirs[np.newaxis, ..., np.newaxis].astype(np.float32) / 255)
    assert int(tf.argmax(logits[0])) == 7


def test_undo_and_clear_take_strokes_away(opened, network):
    page = opened(network)
    ink = """document.getElementById("sheet").getContext("2d").getImageData(0, 0, 280, 280)
      .data.some((level, place) => place % 4 < 3 && level > 0)"""
    drawn(page, SEVEN)
    drawn(page, [(20, 20), (40, 20)])
    page.click("#undo")
    assert page.evaluate(ink)
    page.click("#undo")
    assert not page.evaluate(ink)
    drawn(page, SEVEN)
    page.click("#clear")
    assert not page.evaluate(ink)


def test_test_images_lie_ready_the_mistaken_ones_first(opened, network, sample):
    page = opened(network, data=sample)
    labels = page.locator("#tray button").evaluate_all("all => all.map(one => one.ariaLabel)")
    wrong = [label for label in labels if "said" in label]
    assert labels[: len(wrong)] == wrong
    last = labels[-1]
    page.locator("#tray button").last.click()
    name = last.rpartition(": ")[2]
    expect(page.locator("#answer")).to_have_text(re.compile(f"^{name} "))
    number = int(last.split()[2].rstrip(":"))
    shares = tf.nn.softmax(network(sample.test.images[number : number + 1] / np.float32(255)))[0]
    assert page.text_content("#answer") == f"{name} ({100 * float(tf.reduce_max(shares)):.1f} %)"


def test_a_silenced_filter_changes_what_follows_as_it_does_in_the_library(opened, network, sample):
    page = opened(network, data=sample)
    canvas = page.locator(".maps canvas").first
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert page.text_content("#card h3") == "conv1, filter 1"
    before = page.get_attribute("#live", "data-computed")
    page.check("#silence")
    expect(page.locator("#live")).not_to_have_attribute("data-computed", before)
    assert page.text_content("#silenced") == "silenced: conv1/1"
    number = int(page.locator("#tray button").first.get_attribute("aria-label").split()[2][:-1])
    image = sample.test.images[number : number + 1] / np.float32(255)
    values = network.activations(image)["conv1"].numpy()
    values[..., 1] = 0
    shares = tf.nn.softmax(network.logits_from("conv1", values))[0].numpy()
    cells = page.locator("#probabilities td:last-child").all_text_contents()
    assert cells == [f"{100 * share:.1f} %" for share in shares]


def test_a_climb_reaches_the_library_s_score(opened, network, sample):
    page = opened(network, data=sample)
    page.locator(".maps canvas").nth(1).focus()
    page.keyboard.press("Enter")  # Filter 0 of conv2, from the image that lies there.
    page.select_option("#climb-from", "image")
    page.click("#climb-start")
    expect(page.locator("#climb-score")).to_contain_text("robust", timeout=120_000)
    robust = float(page.text_content("#climb-score").rpartition("robust ")[2])
    number = int(page.locator("#tray button").first.get_attribute("aria-label").split()[2][:-1])
    start = sample.test.images[number] / np.float32(255)
    goal = tfcnn.ascent.objectives.filter_map("conv2/linear", 0)
    climbs = tfcnn.ascent.climb_objectives(
        network, [goal], recipe=RECIPES["robust"], starts=start[None, None], progress=False
    )
    assert robust >= 0.95 * climbs.robust_scores[0, 0]


def test_a_class_name_shows_as_text(opened, network):
    names = ["<b id=x>", *"123456789"]
    page = opened(network, names=names)
    assert page.locator("#x").count() == 0
    assert page.locator("#target option").first.text_content() == "<b id=x>"


def test_the_slider_shows_the_network_of_an_earlier_time(opened, network, sample):
    untrained = tfcnn.model.Network(network.architecture, (28, 28, 1), seed=0)
    untrained.assign(
        untrained.tensors()
        | {path: value for path, value in network.tensors().items() if path.startswith("input/")}
    )
    page = opened(network, data=sample, states=[(0, untrained.tensors())])
    before = page.get_attribute("#live", "data-computed")
    page.locator("#time-slider").fill("0")
    expect(page.locator("#live")).not_to_have_attribute("data-computed", before)
    number = int(page.locator("#tray button").first.get_attribute("aria-label").split()[2][:-1])
    image = sample.test.images[number : number + 1] / np.float32(255)
    shares = tf.nn.softmax(untrained(image))[0].numpy()
    cells = page.locator("#probabilities td:last-child").all_text_contents()
    found = np.array([float(cell.split()[0]) for cell in cells])
    np.testing.assert_allclose(found, 100 * shares, atol=0.3)  # float16 is coarser.


def test_a_network_too_large_says_so(page_file, monkeypatch):
    monkeypatch.setattr("tfcnn.page.live.MOST_BYTES", 1000)
    large = tfcnn.model.Network(tfcnn.model.parse("flatten dense(10,act=linear)"), (28, 28, 1))
    text = page_file(large).read_text(encoding="utf-8")
    assert "The network is too large to compute here" in text
    assert "<script" not in text
