from __future__ import annotations

import matplotlib.image
import pytest

from tfcnn.errors import InputError
from tfcnn.report import draw_norms


def row(epoch):
    gradients = {"dense1/kernel": 1.0 / epoch, "dense1/bias": 0.0}
    return {
        "epoch": epoch,
        "step": 7 * epoch,
        "gradients": gradients,
        "weights": {"conv1/kernel": 5.0, **gradients},
    }


@pytest.mark.parametrize("epochs", [1, 3])
def test_a_line_a_tensor(tmp_path, epochs, saved):
    draw_norms([row(epoch) for epoch in range(1, epochs + 1)], tmp_path / "norms.png")
    gradients, weights = saved[0].figure.axes
    assert [line.get_label() for line in gradients.lines] == ["dense1/kernel", "dense1/bias"]
    assert [line.get_label() for line in weights.lines] == [
        "conv1/kernel",
        "dense1/kernel",
        "dense1/bias",
    ]
    kernel = gradients.lines[0]
    assert list(kernel.get_xdata()) == list(range(1, epochs + 1))
    assert list(kernel.get_ydata()) == [1.0 / epoch for epoch in range(1, epochs + 1)]
    assert kernel.get_marker() == ("o" if epochs == 1 else "None")
    assert matplotlib.image.imread(tmp_path / "norms.png").ndim == 3


def test_without_an_epoch_there_is_nothing_to_draw(tmp_path):
    with pytest.raises(InputError, match=r"^norms: expected at least one epoch, found none$"):
        draw_norms([], tmp_path / "norms.png")
