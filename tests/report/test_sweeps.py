from __future__ import annotations

from tfcnn.report import Table, sweep_table


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


def test_a_table_in_a_file_for_other_programs(tmp_path):
    Table(("a", "b"), (('1 "x"', "2,5"), ("", "3"))).write_csv(tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == 'a,b\n"1 ""x""","2,5"\n,3\n'
