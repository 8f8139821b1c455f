from __future__ import annotations

import pytest

from tfcnn.report.drawing import tiles


@pytest.mark.parametrize(("count", "last"), [(1, 1), (2, 1), (3, 2), (5, 3)])
def test_every_row_is_drawn_once_and_files_of_before_are_gone(tmp_path, monkeypatch, count, last):
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

    def draw_tiles(rows, file, row_heads):
        assert row_heads == [f"row {row}" for row in rows]
        drawn.extend(rows)
        file.write_text("drawn")

    monkeypatch.setattr(tiles, "draw_tiles", draw_tiles)
    heads = [f"row {row}" for row in range(count)]
    paths = tiles.draw_tile_sheets(range(count), path, 2, heads)
    assert drawn == list(range(count))
    assert [file.name for file in paths] == numbered[:last]
    assert {file.name for file in tmp_path.iterdir()} == {*numbered[:last], *others}
    assert all(file.read_text() == "drawn" for file in paths)
    assert all((tmp_path / name).read_text() == "old" for name in others)
