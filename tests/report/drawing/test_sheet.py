from __future__ import annotations

import numpy as np
import pytest

from tfcnn.report.drawing.sheet import Sheet


def test_bars_stand_above_their_names_and_long_names_on_end():
    drawn = []
    for names in (["0", "1"], ["Ankle boot", "Bag"]):
        sheet = Sheet(5, 5)
        sheet.bars(np.array([1.0, 2.0]), names, left=1, top=1, width=0.5, height=1)
        [axes] = sheet._figure.axes
        drawn.append(axes)
        assert [text.get_text() for text in axes.texts] == names
        for bar, text in zip(axes.patches, axes.texts, strict=True):
            assert text.get_position()[0] == pytest.approx(bar.get_x() + bar.get_width() / 2)
            assert text.get_position()[1] > bar.get_y()
        heights = [abs(bar.get_height()) for bar in axes.patches]
        assert heights[1] == pytest.approx(2 * heights[0])
        assert axes.patches[1].get_y() - heights[1] == pytest.approx(1)  # It reaches the top.
    assert [axes.texts[0].get_rotation() for axes in drawn] == [0, 90]
    assert abs(drawn[1].patches[1].get_height()) < abs(drawn[0].patches[1].get_height())


def test_bars_below_0_hang_from_the_line_at_0():
    sheet = Sheet(5, 5)
    sheet.bars(np.array([-3.0, 1.0, 0.0]), ["a", "b", "c"], left=1, top=1, width=3, height=1)
    [axes] = sheet._figure.axes
    [line] = axes.lines
    [zero] = set(line.get_ydata())
    ends = [bar.get_y() + bar.get_height() for bar in axes.patches]
    assert all(bar.get_y() == zero for bar in axes.patches)
    assert ends[1] == pytest.approx(1)  # The top; y runs down.
    assert ends[0] - zero == pytest.approx(3 * (zero - ends[1]))
    assert ends[2] == zero
    assert all(text.get_position()[1] > ends[0] for text in axes.texts)
