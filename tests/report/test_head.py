"""What a page says of a network and its training."""

from __future__ import annotations

import html
import re

import tfcnn
from tfcnn.report.head import head

TEXT = "conv(32,3) max(2) conv(64,3) max(2) conv(64,3) flatten dense(100) dense(10,act=linear)"


def words(text):
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", text)).split())


def test_the_default_network_in_words_and_as_a_row_of_layers():
    network = tfcnn.model.Network(tfcnn.model.parse(TEXT), (28, 28, 1), seed=0)
    chosen = {"epochs": 1, "batch_size": 64, "optimizer": "adam", "shift": 0.0, "seed": 3}
    config = {"dataset": {"name": "<b>"}, "training": chosen}
    rows = [{"epoch": 1, "test_accuracy": 0.5}, {"epoch": 2, "test_accuracy": 0.9898}]
    found = head(network, [str(n) for n in range(10)], config, rows)
    text = words(found)
    # 3*3*32+32 + 3*3*32*64+64 + 3*3*64*64+64 + 576*100+100 + 100*10+10
    assert "3 convolutions, 2 max poolings, 2 dense layers, with 114,454 weights" in text
    assert "images of 28 by 28 pixels in grey and tells 10 classes apart: 0, 1, 2," in text
    assert "trained on <b>: 1 epoch, batches of 64, optimizer adam, seed 3." in text
    assert "Of the test images it tells 98.98% right, after epoch 2." in text
    assert found.count("<li>") == 9
    assert (
        "conv2 conv(64,3) 11 \N{MULTIPLICATION SIGN} 11 \N{MULTIPLICATION SIGN} 64 18,496 weights"
        in text
    )
    assert "flatten flatten 576 no weights" in text
    assert "<b>" not in found.replace("<li><b>", "")


def test_weights_trained_elsewhere_and_a_network_alone():
    network = tfcnn.model.Network(tfcnn.model.parse("flatten dense(30,act=linear)"), (4, 5, 3))
    names = [f"class {n}" for n in range(30)]
    text = words(head(network, names, {"imported": {"weights": "w.pt"}}, []))
    assert "images of 4 by 5 pixels in colours" in text
    assert "class 19 and 10 more." in text
    assert "Its weights were trained elsewhere: w.pt." in text
    alone = words(head(network, names, {}, []))
    assert "trained" not in alone
    assert "test images" not in alone


def test_a_loss_of_ones_own_is_not_called_cross_entropy():
    network = tfcnn.model.Network(tfcnn.model.parse("flatten dense(2,act=linear)"), (4, 5, 1))
    rows = [{"epoch": 1, "test_accuracy": 0.5, "test_loss": 1.25}]
    for config, told in (({}, "mean cross-entropy 1.2500"), ({"loss": "f"}, "mean loss 1.2500")):
        config["dataset"], config["training"] = {"name": "mnist"}, {"epochs": 1}
        assert f"Of the test images it tells 50.00% right ({told})" in words(
            head(network, ["a", "b"], config, rows)
        )
