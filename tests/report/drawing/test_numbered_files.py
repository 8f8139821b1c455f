from __future__ import annotations

import pytest

from tfcnn.report.drawing.numbered_files import draw_in_files


@pytest.mark.parametrize(("count", "last"), [(1, 1), (2, 1), (3, 2), (5, 3)])
def test_every_item_is_drawn_once_and_files_of_before_are_gone(tmp_path, count, last):
    path = tmp_path / "evidence_conv3.png"
    numbered = ["evidence_conv3.png", *(f"evidence_conv3_{n}.png" for n in range(2, 13))]
    others = [
        "evidence_conv30_4.png",
        "evidence_conv3_centre.png",
        "evidence_conv3_centre_4.png",
        "evidence_conv3_4.csv",
        "evidence_conv3_04.png",
        "evidence_conv3_4_5.png",
        "evidence_conv3_.png",
        "my_evidence_conv3_4.png",
    ]
    for name in numbered + others:
        (tmp_path / name).write_text("old")
    drawn = []

    def draw(rows, file):
        drawn.extend(range(count)[rows])
        file.write_text(str(rows))

    paths = draw_in_files(path, count, 2, draw)
    assert drawn == list(range(count))
    assert [file.name for file in paths] == numbered[:last]
    assert {file.name for file in tmp_path.iterdir()} == {*numbered[:last], *others}
    assert all("slice" in file.read_text() for file in paths)
    assert all((tmp_path / name).read_text() == "old" for name in others)
