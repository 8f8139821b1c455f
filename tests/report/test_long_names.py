"""Classes with names of 60 letters: nothing that is drawn is cut by the picture's edge."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PIL import Image

import tfcnn
from tfcnn.inspection.ablation import Ablation
from tfcnn.inspection.pasting import Pasting

NAMES = tuple(f"{number} {'Northern mountain wood warbler ' * 2}"[:60] for number in range(10))
UNBROKEN = tuple(name.replace(" ", "_") for name in NAMES)


def check_edges(path):
    """What is drawn stays off the two outermost pixels of each side."""
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("L"))
    for edge in (pixels[:2], pixels[-2:], pixels[:, :2], pixels[:, -2:]):
        assert edge.min() == 255


@pytest.mark.parametrize("names", [NAMES, UNBROKEN])
def test_nothing_is_cut_off(tmp_path, sample, names):
    path = tmp_path / "picture.png"
    report = tfcnn.report
    data = dataclasses.replace(sample, class_names=names)
    random = np.random.default_rng(0)

    confused = 9 * np.eye(10, dtype=np.int64)
    report.draw_confusions(confused, names, path, "100.00% of 90 test images classified rightly")
    check_edges(path)

    labels = data.test.labels
    logits = random.normal(size=(3, len(labels), 10)).astype(np.float32)
    pattern = np.zeros((28, 28, 1), np.float32)
    title = f"dense1, {names[3]}, pasted with strength 0.5"
    report.draw_pasting(Pasting(labels, *logits), pattern, 0.5, data, path, title)
    check_edges(path)

    likelihoods = logits[0] - np.log(np.exp(logits[0]).sum(axis=1, keepdims=True))
    report.draw_hardest(data.test, likelihoods, names, path)
    check_edges(path)

    ones = np.full(10, 10)
    share = np.zeros(2)
    ablation = Ablation("conv1", ones, ones, np.stack([ones, ones]), share, share)
    report.draw_ablation(ablation, names, path)
    check_edges(path)
