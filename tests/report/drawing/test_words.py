from __future__ import annotations

import itertools

import pytest
from matplotlib.figure import Figure

import tfcnn
from tfcnn.report.drawing.words import end_of, evenly, name_ticks, rounded, shortened


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (-0.0004, ".3f", "0.000"),
        (-0.0, ".4g", "0"),
        (-0.001, "+.2f", "+0.00"),
        (-0.0004, ".1%", "0.0%"),
        (-0.0006, ".3f", "-0.001"),
        (0.0004, ".3f", "0.000"),
        (-1.5, ".2f", "-1.50"),
        (float("nan"), ".2f", "nan"),
    ],
)
def test_what_rounds_to_zero_has_no_minus(value, form, text):
    assert rounded(value, form) == text


def test_names_are_cut_at_their_ends():
    assert shortened("x" * 18) == "x" * 18
    assert shortened("x" * 19) == "x" * 17 + "…"
    assert shortened("字" * 9) == "字" * 9  # Twice as wide.
    assert shortened("字" * 10) == "字" * 8 + "…"
    assert shortened("e\u0301" * 18) == "e\u0301" * 18  # An accent has no width.
    assert shortened("e\u0301" * 19) == "e\u0301" * 17 + "…"


def test_of_a_long_path_the_end_is_shown():
    assert end_of("scans/a.png", 11) == "scans/a.png"
    assert end_of("my/scans/a.png", 11) == "…cans/a.png"


@pytest.mark.parametrize(("count", "most"), [(1, 5), (5, 5), (6, 5), (700, 100), (101, 100)])
def test_places_are_spread_evenly_from_the_first_to_the_last(count, most):
    places = evenly(count, most)
    assert len(places) == min(count, most)
    assert (places[0], places[-1]) == (0, count - 1)
    steps = {after - before for before, after in itertools.pairwise(places)}
    assert not steps or max(steps) - min(steps) <= 1
    assert min(steps, default=1) >= 1


def test_names_stand_at_their_places_along_both_axes():
    axes = Figure().subplots()
    name_ticks(axes, ["4", "0", "3"], ["a name that is far too long", "b"])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["4", "0", "3"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a name that is fa…", "b"]
    assert {label.get_rotation() for label in axes.get_xticklabels()} == {0}
    name_ticks(axes, ["Ankle boot", "0"])
    assert {label.get_rotation() for label in axes.get_xticklabels()} == {90}


def test_only_units_of_the_last_layer_are_called_by_their_class():
    network = tfcnn.model.Network(
        tfcnn.model.parse("conv(4,3) flatten dense(4) dense(4,act=linear)"), (8, 8, 1)
    )
    names = ["a", "b", "c", "d"]
    found = [
        tfcnn.report.filter_words(network, layer, 1, names)
        for layer in ("conv1", "dense1", "dense2")
    ]
    assert found == ["filter 1", "filter 1", "b"]
