from __future__ import annotations

import base64
import html.parser
import io
import json
import os

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

import tfcnn
from tfcnn.errors import InputError
from tfcnn.report.drawing.png import save_png
from tfcnn.report.page import write_report

OWN_SCRIPTS = 3  # What it holds, the worker's and the page's own; none has a source elsewhere.
HOSTILE = "<script>alert('1')</script>&\""
PIXELS = np.random.default_rng(0).integers(0, 256, (6, 5, 3)).astype(np.uint8)


def png():
    """The bytes of a picture of these pixels."""
    file = io.BytesIO()
    Image.fromarray(PIXELS).save(file, "PNG")
    return file.getvalue()


PNG = png()


class Page(html.parser.HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.attributes, self.texts = [], [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.texts.append(data)

    def all(self, name):
        return [value for key, value in self.attributes if key == name]


def held_by(path):
    """What the page's script reads."""
    text = path.read_text(encoding="utf-8")
    return json.loads(text.partition('id="tfcnn-data">')[2].partition("</script>")[0])


@pytest.fixture
def run_dir(tmp_path):
    run = tmp_path / "first"
    arch = tfcnn.model.parse("conv(2,3) flatten dense(3,act=linear)")
    (run / "plots").mkdir(parents=True)
    tfcnn.model.Network(arch, (6, 6, 1), seed=0).save(run / "weights.safetensors")
    (run / "config.json").write_text(
        json.dumps({"dataset": {"name": HOSTILE, "sizes": [3, 4]}, "seed": 7})
    )
    (run / "environment.json").write_text(json.dumps({"python": "3.11.7"}))
    (run / "metrics.jsonl").write_text(
        '{"epoch": 1, "test_accuracy": 0.5}\n{"epoch": 2, "test_accuracy": 0.98765}\n'
    )
    (run / "plots" / "patterns_conv1.png").write_bytes(PNG)
    return run


def test_the_page_holds_everything_and_needs_nothing(run_dir):
    path = write_report(run_dir)
    assert path == run_dir / "report.html"
    page = Page(path)
    assert not {"link", "iframe", "object", "embed"} & set(page.tags)
    assert page.tags.count("script") == OWN_SCRIPTS
    assert page.all("href") == []
    [source] = page.all("src")
    head, _, data = source.partition(",")
    assert head in ("data:image/png;base64", "data:image/webp;base64")
    shown = Image.open(io.BytesIO(base64.b64decode(data)))
    np.testing.assert_array_equal(np.asarray(shown), PIXELS)
    # It does not say what it shows.
    assert page.all("alt") == ["The pattern that excites each filter most, with its figures."]
    # The conv sees 3x3 pixels and has 3*3*2+2 weights; the dense layer has 4*4*2*3+3.
    for text in ("Run first", "3.11.7", "0.9877", "3x3", "20", "99", "conv1/kernel", "3, 4"):
        assert text in page.texts


def test_the_caption_is_what_the_picture_says_of_itself(run_dir):
    picture = run_dir / "plots" / "kernels_conv1.png"
    save_png(Figure(figsize=(1, 1)), picture, f"Weights: {HOSTILE}.")
    page = Page(write_report(run_dir))
    assert page.all("alt")[0] == f"Weights: {HOSTILE}."
    assert f"Weights: {HOSTILE}. Made by " in page.texts
    assert page.texts.count("experiments.weights --layer=conv1") == 1
    assert page.tags.count("script") == OWN_SCRIPTS


def test_a_picture_that_was_never_finished_is_left_out(run_dir):
    (run_dir / "plots" / ".partial-abc.png").write_bytes(PNG[:5])
    assert len(Page(write_report(run_dir)).all("src")) == 1


def test_only_files_of_the_run_itself_are_shown(run_dir, tmp_path):
    (tmp_path / "private.png").write_bytes(PNG)
    (run_dir / "plots" / "kernels_conv1.png").symlink_to(tmp_path / "private.png")
    (run_dir / "plots" / "kernels_conv2.png").symlink_to("/dev/zero")
    (run_dir / "plots" / "kernels_conv3.png").mkdir()
    os.mkfifo(run_dir / "plots" / "kernels_conv4.png")
    (run_dir / "plots" / "classes.csv").symlink_to("/etc/hostname")
    (run_dir / "plots" / "learning_curves.png").symlink_to(tmp_path / "private.png")
    assert len(Page(write_report(run_dir)).all("src")) == 1
    (run_dir / "plots" / "kernels_conv5.png").symlink_to("patterns_conv1.png")
    assert len(Page(write_report(run_dir)).all("src")) == 2


def test_a_folder_of_pictures_elsewhere_is_refused(run_dir, tmp_path):
    (run_dir / "plots").rename(tmp_path / "holiday")
    (run_dir / "plots").symlink_to(tmp_path / "holiday")
    with pytest.raises(InputError, match=r"plots: expected a folder of the run, found a link to /"):
        write_report(run_dir)
    (run_dir / "plots").unlink()
    (tmp_path / "holiday").rename(run_dir / "pictures")
    (run_dir / "plots").symlink_to("pictures")
    assert len(Page(write_report(run_dir)).all("src")) == 1


def test_what_is_no_picture_is_named_and_nothing_is_written(run_dir):
    (run_dir / "plots" / "kernels_conv1.png").write_text("a secret, not a picture")
    with pytest.raises(InputError, match=r"kernels_conv1\.png: expected a PNG file, found "):
        write_report(run_dir)
    assert not (run_dir / "report.html").exists()


def test_texts_are_escaped(run_dir):
    page = Page(write_report(run_dir))
    assert f"Its data set is {HOSTILE}." in page.texts
    assert HOSTILE in page.texts
    assert page.tags.count("script") == OWN_SCRIPTS


@pytest.mark.parametrize("content", ["", "{", "[1]\n", '{"a": 1}\n{"b": 1}\n'])
def test_damaged_metrics_are_refused_and_nothing_is_written(run_dir, content):
    (run_dir / "metrics.jsonl").write_text(content)
    with pytest.raises(InputError, match=r"metrics\.jsonl: (line 1: )?expected"):
        write_report(run_dir)
    assert not (run_dir / "report.html").exists()


@pytest.mark.parametrize("name", ["config.json", "weights.safetensors"])
def test_an_unfinished_run_is_refused(run_dir, name):
    (run_dir / name).unlink()
    with pytest.raises(InputError, match=name):
        write_report(run_dir)


def test_weights_trained_elsewhere_have_a_page_without_a_history(run_dir):
    for name in ("metrics.jsonl", "environment.json"):
        (run_dir / name).unlink()
    page = Page(write_report(run_dir))
    assert "Training" not in page.texts
    assert "Made on" not in page.texts
    assert "Choices" in page.texts
    (run_dir / "environment.json").write_text("{}")
    with pytest.raises(InputError, match=r"metrics\.jsonl: (line 1: )?expected"):
        write_report(run_dir)


def test_sheets_stand_in_the_order_of_their_numbers(run_dir):
    for ending in ("", "_2", "_10"):
        (run_dir / "plots" / f"evidence_conv1{ending}.png").write_bytes(PNG)
    names = [text for text in Page(write_report(run_dir)).texts if text.startswith("evidence")]
    assert names == ["evidence_conv1.png", "evidence_conv1_2.png", "evidence_conv1_10.png"]


def test_a_page_whose_data_or_checkpoint_is_gone_keeps_the_rest(run_dir):
    names = ["ant", "bee", "cat"]
    preparation = {"ground": "bright", "centring": "none", "box": 0}
    dataset = {"name": "idx:/no/such/folder", "class_names": names, "checksums": {}}
    config = {"dataset": dataset, "preparation": preparation}
    (run_dir / "config.json").write_text(json.dumps(config))
    (run_dir / "checkpoints" / "step-00000001").mkdir(parents=True)
    held = held_by(write_report(run_dir))
    assert held["class_names"] == names
    assert held["preparation"] == preparation
    assert held["tray"] is None
    assert held["states"]["steps"] == []
    assert "/no/such/folder" in held["missing"]["tray"]
    assert "step-00000001" in held["missing"]["states"]


def test_a_run_without_checkpoints_says_how_to_keep_some(run_dir):
    text = write_report(run_dir).read_text(encoding="utf-8")
    assert "This run kept no checkpoints; experiments.train --checkpoint_steps=50" in text


def test_a_network_alone_has_a_page(tmp_path):
    network = tfcnn.model.Network(tfcnn.model.parse("flatten dense(3,act=linear)"), (6, 6, 1))
    path = tfcnn.report.write_page(network, tmp_path / "page.html", title=HOSTILE)
    page = Page(path)
    assert HOSTILE in page.texts
    assert page.tags.count("script") == OWN_SCRIPTS
    held = held_by(path)
    assert held["class_names"] == ["0", "1", "2"]
    assert held["findings"] is None and held["tray"] is None
    with pytest.raises(InputError, match="class_names: expected 3 names, one a class, found 2"):
        tfcnn.report.write_page(network, path, class_names=["a", "b"])


def test_a_data_set_gives_names_preparation_and_images(tmp_path, sample, small_network):
    path = tfcnn.report.write_page(small_network, tmp_path / "page.html", data=sample)
    held = held_by(path)
    assert held["class_names"] == list(sample.class_names)
    assert held["preparation"] == {"ground": "dark", "centring": "mass", "box": 20}
    assert len(held["tray"]["labels"]) >= 10


def test_a_trained_network_s_own_checkpoint_has_no_second_stop(tmp_path, sample, small_network):
    config = tfcnn.training.TrainConfig(epochs=2)
    tfcnn.training.train(small_network, sample, config, tmp_path / "run", progress=False)
    steps = [step for step, _ in tfcnn.open_run(tmp_path / "run").states()]
    assert held_by(write_report(tmp_path / "run"))["states"]["steps"] == steps[:-1]
