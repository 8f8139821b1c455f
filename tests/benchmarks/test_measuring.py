"""The arithmetic of the measurements, on planted figures. Times themselves are never asserted."""

from __future__ import annotations

import re
import sys
import types

import pytest

import tfcnn
from benchmarks import measuring, operations, savings, scaling, startup, training_against_peers
from benchmarks.measuring import Spread


def test_textbook_flop_of_the_default_network_by_hand():
    conv1 = 26 * 26 * (3 * 3 * 1) * 32
    conv2 = 11 * 11 * (3 * 3 * 32) * 64
    conv3 = 3 * 3 * (3 * 3 * 64) * 64
    dense1, dense2 = 576 * 100, 100 * 10
    expected = 2 * (2 * conv1 + 3 * (conv2 + conv3 + dense1 + dense2))

    assert expected == 16_502_640
    found = measuring.textbook_flop(tfcnn.model.ZOO["simple"], (28, 28, 1))
    assert found == expected


def test_spread_is_the_middle_and_the_ends():
    assert Spread.of([5.0, 1.0, 3.0]) == Spread(median=3.0, low=1.0, high=5.0)
    assert Spread.of([1.0, 2.0]).median == 1.5
    assert Spread.of([0.005, 0.001, 0.003]).cells(".1f", 1e3) == ("3.0", "1.0 to 5.0")


def test_everybody_takes_a_turn_in_every_round(capsys, monkeypatch):
    monkeypatch.setattr(measuring, "ROUNDS", types.SimpleNamespace(value=2))
    calls = []

    def contestant(name):
        return lambda: calls.append(name) or len(calls)

    contestants = {"a": contestant("a"), "b": contestant("b")}
    results = measuring.take_turns(contestants, lambda count: f"{count} s")

    assert calls == ["a", "b", "a", "b"]
    assert results == {"a": [1, 3], "b": [2, 4]}
    assert capsys.readouterr().out.splitlines()[2] == "round 2  a: 3 s"


@pytest.mark.parametrize(
    ("variables", "switch"), [(measuring.AS_INSTALLED, None), (measuring.ONEDNN_OFF, "0")]
)
def test_a_process_gets_the_switch_it_is_to_have(monkeypatch, variables, switch):
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "1")
    program = "import json, os; print(json.dumps({'is': os.environ.get('TF_ENABLE_ONEDNN_OPTS')}))"
    assert measuring.run_json([sys.executable, "-c", program], variables) == {"is": switch}


def test_a_process_that_fails_says_why():
    with pytest.raises(RuntimeError, match="no such peer"):
        measuring.run_json([sys.executable, "-c", "raise SystemExit('no such peer')"])


def test_a_start_is_over_with_the_mark_and_not_with_the_exit():
    program = (
        "import sys, threading; print('ready', file=sys.stderr, flush=True); "
        "threading.Event().wait()"  # It never exits by itself.
    )
    assert startup.seconds_until(re.compile(rb"^ready$"), ["-c", program]) > 0


def test_a_start_that_never_comes_to_the_mark_says_what_it_said():
    with pytest.raises(RuntimeError, match="ended early:\nno such module"):
        startup.seconds_until(re.compile(rb"^ready$"), ["-c", "raise SystemExit('no such module')"])


def test_peers_that_are_not_there_are_told_before_anything_is_measured(tmp_path):
    with pytest.raises(SystemExit, match=rf"make {re.escape(str(tmp_path))}/\.installed$"):
        measuring.peers_python(str(tmp_path))
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.touch()
    assert measuring.peers_python(str(tmp_path)) == str(python)


def _measured(*seconds, accuracy=0.988):
    return [{"seconds": value, "accuracy": accuracy} for value in seconds]


def test_the_summary_compares_medians_with_ours_and_with_the_processor():
    results = {"tfcnn": _measured(4.0, 5.0, 9.0), "peer": _measured(12.0, 10.0, 11.0)}
    table = training_against_peers.summary(results, gigaflop_an_epoch=1000.0, rate=400.0)

    assert table.rows[0] == ("tfcnn", "5.00", "4.00 to 9.00", "1.00", "50%", "98.80%")
    assert table.rows[1] == ("peer", "11.00", "10.00 to 12.00", "2.20", "23%", "98.80%")


def test_a_contestant_that_learned_less_is_found_out():
    training_against_peers.check_accuracies(
        {"tfcnn": _measured(1.0, accuracy=0.985), "peer": _measured(1.0, accuracy=0.987)}
    )
    with pytest.raises(RuntimeError, match=r"at most 0\.3% behind.*0\.98[,}]"):
        training_against_peers.check_accuracies(
            {"tfcnn": _measured(1.0, accuracy=0.98), "peer": _measured(1.0, accuracy=0.987)}
        )


def test_a_scale_counts_time_and_work_an_image():
    points = scaling.scales()["maps"]
    seconds = {label: [0.96, 0.48, 1.92] for label in points}
    rows = {row[0]: row[1:] for row in scaling.table("maps", seconds).rows}

    assert rows["x1"] == ("100", "50 to 200", "165")  # 9,600 images of 16.5 MFLOP in 0.96 s.
    # Twice the maps: four times the work where maps meet maps, twice in conv1 and in dense1.
    conv1, conv2, conv3 = 2 * 194_688, 4 * 2_230_272, 4 * 331_776
    flop = 2 * (2 * conv1 + 3 * (conv2 + conv3 + 2 * 57_600 + 1_000))
    assert rows["x2"][2] == f"{flop / 1e9 * 9_600 / 0.96:.0f}"


def test_operations_are_added_up_by_layer_and_kind():
    path = "while/body/_1/gradient_tape/while"
    seconds = operations.busy_seconds(
        [
            (f"{path}/conv2/Conv2DBackpropInput_3:_MklNativeConv2DBackpropInput", 2.0),
            (f"{path}/conv2_1/Conv2DBackpropInput_2:_MklNativeConv2DBackpropInput", 1.0),
            ("while/body/_1/while/pool1/MaxPool2d:MaxPool", 0.5),
            ("while/body/_1/while/mul_35:Mul", 0.25),
            ("ExecutorState::Process", 100.0),
        ]
    )
    assert seconds == {
        ("conv2", "Conv2DBackpropInput"): 3.0,
        ("pool1", "MaxPool"): 0.5,
        (operations.ALL_LAYERS, "Mul"): 0.25,
    }


def test_small_operations_share_the_last_row():
    seconds = {("conv2", "Conv2D"): 98.5, ("conv1", "Conv2D"): 0.9, ("pool1", "MaxPool"): 0.6}
    rows = operations.table(seconds, images=1_000_000).rows

    assert rows == (
        ("conv2", "Conv2D", "98.5", "98.5%"),
        ("everything else", "2 kinds", "1.5", "1.5%"),
    )


def test_a_saving_is_shown_by_what_is_longer_without_it():
    table = savings.table({savings.ALL: [4.0, 5.0, 3.0], "oneDNN off": [9.0, 6.0, 5.0]})
    assert table.rows[0] == ("everything on", "4.00", "3.00 to 5.00", "+0%")
    assert table.rows[1] == ("oneDNN off", "6.00", "5.00 to 9.00", "+50%")


def test_every_point_of_the_scales_is_a_network_that_can_be():
    for points in scaling.scales().values():
        for choices in points.values():
            assert scaling.gigaflop_an_image(choices) > 0
