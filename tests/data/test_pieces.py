"""Pieces of ink drawn by hand: which of them are one digit, and in what order."""

from __future__ import annotations

import numpy as np

from tfcnn.data.pieces import find_items


def page(*boxes, shape=(200, 300)):
    """Ink in boxes ``(top, left, bottom, right)``."""
    ink = np.zeros(shape, bool)
    for top, left, bottom, right in boxes:
        ink[top:bottom, left:right] = True
    return ink


def boxes_of(ink):
    items, count = find_items(ink)
    found = []
    for number in range(1, count + 1):
        rows, columns = np.nonzero(items == number)
        found.append((rows.min(), columns.min(), rows.max() + 1, columns.max() + 1))
    return found


def test_an_empty_page_has_none():
    assert boxes_of(page()) == []


def test_digits_are_read_row_by_row_though_they_dance():
    places = [(12, 20), (8, 120), (16, 230), (112, 40), (105, 130), (120, 200)]
    boxes = [(top, left, top + 60, left + 30) for top, left in places]
    assert boxes_of(page(*reversed(boxes))) == boxes


def test_neighbours_stay_apart_and_a_1_is_as_good_as_a_0():
    boxes = [(50, 20, 110, 60), (48, 68, 112, 76), (52, 86, 108, 130)]
    assert boxes_of(page(*boxes)) == boxes


def test_the_bar_of_a_5_belongs_to_it():
    body, bar = (60, 50, 120, 95), (44, 60, 52, 108)
    assert boxes_of(page(body, bar)) == [(44, 50, 120, 108)]


def test_the_second_stroke_of_a_4_belongs_to_it():
    left, foot, right = (40, 50, 90, 58), (82, 50, 90, 100), (60, 80, 79, 88)
    tail = (93, 80, 125, 88)
    assert boxes_of(page(left, foot, right, tail)) == [(40, 50, 125, 100)]


def test_the_dot_of_an_i_belongs_to_it():
    other = (40, 100, 100, 140)
    assert boxes_of(page((60, 50, 100, 58), (42, 50, 50, 58), other)) == [(42, 50, 100, 58), other]


def test_specks_and_what_lies_along_the_edge_go():
    digit = (60, 120, 120, 160)
    assert boxes_of(page(digit, (10, 10, 13, 13), (0, 40, 6, 200), (100, 290, 200, 300))) == [digit]


def test_a_digit_that_reaches_the_edge_stays():
    digit, cut = (60, 120, 120, 160), (150, 30, 200, 38)
    assert boxes_of(page(digit, cut)) == [digit, cut]
    assert boxes_of(page((0, 0, 200, 40))) == [(0, 0, 200, 40)]


def test_rows_that_are_near_stay_apart():
    upper, lower = (20, 50, 80, 90), (90, 52, 150, 92)
    assert boxes_of(page(upper, lower)) == [upper, lower]


def test_halves_of_a_9_that_nearly_touch_are_one():
    ring, hook = (40, 50, 110, 110), (112, 85, 150, 130)
    assert boxes_of(page(ring, hook)) == [(40, 50, 150, 130)]
