from __future__ import annotations

import csv
import math

import numpy as np

from tfcnn.model import ZOO, geometry
from tfcnn.report.tables import Table, geometry_table, read_csv, sweep_table, weights_table


def test_text_is_aligned_first_column_left_others_right():
    table = Table(("name", "n"), (("a", "1"), ("longer", "1,234")))
    assert table.to_text() == "name        n\na           1\nlonger  1,234"


def test_letters_that_a_terminal_shows_wide_take_two_columns():
    table = Table(("name", "n"), (("\u732b", "1"), ("e\u0301a", "2"), ("cat", "3")))
    assert table.to_text() == "name  n\n\u732b    1\ne\u0301a    2\ncat   3"


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


def test_runs_are_gathered_over_their_seeds():
    results = [
        {"l2": l2, "seed": str(seed), "test_accuracy": accuracy, "train_accuracy": 0.5}
        for l2, accuracies in (("0", (0.97, 0.99)), ("0.1", (0.95, 0.95)))
        for seed, accuracy in enumerate(accuracies)
    ]
    table = sweep_table(results, ["l2"])
    assert table.header[:4] == ("l2", "runs", "test accuracy", "deviation")
    # (0.97 - 0.98)^2 + (0.99 - 0.98)^2 = 0.0002 over 1: 1.41 points.
    assert table.rows[0] == ("0", "2", "98.00%", "1.41", "97.00%", "99.00%", "50.00%")
    assert table.rows[1] == ("0.1", "2", "95.00%", "0.00", "95.00%", "95.00%", "50.00%")
    [everything] = sweep_table(results, []).rows
    assert everything[:3] == ("all", "4", "96.50%")
    assert sweep_table(results[:1], ["l2"]).rows[0][3] == "-"


def test_numbers_in_a_file_are_plain(tmp_path):
    people = ("96.69%", "1,135", "1,234,567.5", "-0.50%", "+0.25", "-", "100%", "-1", "0.0%")
    Table(tuple("abcdefghi"), (people,)).write_csv(tmp_path / "t.csv")
    written = (tmp_path / "t.csv").read_text().splitlines()[1]
    assert written == "0.9669,1135,1234567.5,-0.005,0.25,,1,-1,0.0"
    [row] = np.genfromtxt(tmp_path / "t.csv", delimiter=",", names=True, ndmin=1)
    assert [*row][:5] == [0.9669, 1135, 1234567.5, -0.005, 0.25] and np.isnan(row["f"])


def test_words_in_a_file_stay_words(tmp_path):
    words = ("conv3", "13x13x64", "1,2", "1e-3", "2 (5)", "x1.5", "7%5", "")
    Table(tuple("abcdefgh"), (words,)).write_csv(tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(newline="") as file:
        assert tuple(list(csv.reader(file))[1]) == words


def test_a_table_in_a_file_for_other_programs(tmp_path):
    Table(("a", "b"), (('1 "x"', "2,5"), ("", "3"))).write_csv(tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == 'a,b\n"1 ""x""","2,5"\n,3\n'


def test_names_come_back_from_a_csv_file_as_they_were(tmp_path):
    names = [
        "-",
        "+5",
        "1,135",
        "50%",
        "a,b",
        'say "x"',
        "größe",
        r"\xff",
        "=1+1",
        " space ",
        "a;b|c",
    ]
    rows = tuple((name, "+0.5", "50%", name, name) for name in names)
    Table(("file", "rise", "share", "says", "class"), rows).write_csv(tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        header, *read = csv.reader(file)
    assert header == ["file", "rise", "share", "says", "class"]
    assert read == [[name, "0.5", "0.5", name, name] for name in names]


def test_a_name_with_line_ends_is_one_row(tmp_path):
    table = Table(("class", "two\nlines"), (("a\r\nb\u2028c\x1b[31m", "1"), ("d", "2")))
    assert len(table.to_text().splitlines()) == 3
    table.write_csv(tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes().count(b"\n") == 3
    assert read_csv(tmp_path / "a.csv").rows[0] == (r"a\r\nb\u2028c\x1b[31m", "1")
