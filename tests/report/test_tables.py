from __future__ import annotations

import math

from tfcnn.model import ZOO, geometry
from tfcnn.report.tables import Table, geometry_table, weights_table


def test_text_is_aligned_first_column_left_others_right():
    table = Table(("name", "n"), (("a", "1"), ("longer", "1,234")))
    assert table.to_text() == "name        n\na           1\nlonger  1,234"


def test_geometry_of_the_default_network():
    table = geometry_table(geometry(ZOO["simple"], (28, 28, 1)))
    rows = {row[0]: dict(zip(table.header, row, strict=True)) for row in table.rows}
    conv2, total = rows["conv2"], rows["sum"]
    assert (conv2["output"], conv2["weights"]) == ("11x11x64", "18,496")
    assert (conv2["receptive field"], conv2["stride"]) == ("8x8", "2x2")
    # 11*11 positions, 64 filters, 3*3*32 products each; four bytes a value.
    assert conv2["multiply-adds"] == f"{11 * 11 * 64 * 3 * 3 * 32:,}"
    assert conv2["bytes of output"] == f"{11 * 11 * 64 * 4:,}"
    assert rows["dense1"]["stride"] == "-"
    assert total["weights"] == f"{320 + 18_496 + 36_928 + 57_700 + 1_010:,}"


def test_weights_statistics_by_hand():
    table = weights_table({"conv1/kernel": [[1.0, -3.0], [5.0, 1.0]], "conv1/bias": [2.0]})
    deviation = math.sqrt((0 + 16 + 16 + 0) / 4)
    assert table.rows[0] == (
        *("conv1/kernel", "2x2", "4", "1", f"{deviation:.4g}", "-3", "5", "6"),
    )
    assert table.rows[1] == ("conv1/bias", "1", "1", "2", "0", "2", "2", "2")
