"""A sheet of known place on a desk, and what is none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from tfcnn.data.sheet import find_sheet, whole

SHAPE = (420, 560)
CORNERS = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float)


def desk_with_sheet(degrees, sides=(300, 220), centre=(290, 200), desk=0.35, paper=0.8, noise=0.03):
    """A grey desk, and the sheet's corners (x, y), clockwise from the upper left one."""
    angle = np.deg2rad(degrees)
    along = np.array([np.cos(angle), np.sin(angle)])
    down = np.array([-np.sin(angle), np.cos(angle)])
    y, x = np.indices(SHAPE)
    offset = np.stack([x - centre[0], y - centre[1]], axis=-1)
    inside = (np.abs(offset @ along) <= sides[0] / 2) & (np.abs(offset @ down) <= sides[1] / 2)
    grey = np.where(inside, paper, desk) + np.random.default_rng(0).normal(0, noise, SHAPE)
    corners = np.array(centre) + (CORNERS - 0.5) * sides @ np.stack([along, down])
    return np.clip(grey, 0, 1), corners


def corners_of(sheet):
    return sheet.to_picture(CORNERS * (np.array(sheet.sides) - 1))


@pytest.mark.parametrize("degrees", [-30, -12, -3, 0, 1, 8, 20, 40])
def test_a_sheet_is_found_wherever_it_is_turned(degrees):
    grey, corners = desk_with_sheet(degrees)
    found = find_sheet(grey)
    assert np.rad2deg(found.angle) == pytest.approx(degrees, abs=1.5)
    # Its very edge, one percent of its sides, is left out, and it was looked for in a small view.
    assert np.abs(corners_of(found) - corners).max() < 12
    view = found.view(grey)
    assert np.percentile(view, 1) > 0.6  # No desk.


@pytest.mark.parametrize(("desk", "paper"), [(0.1, 0.9), (0.5, 0.75), (0.05, 0.3)])
def test_the_desk_may_be_little_darker_and_the_light_weak(desk, paper):
    grey, corners = desk_with_sheet(5, desk=desk, paper=paper)
    assert np.abs(corners_of(find_sheet(grey)) - corners).max() < 12


def test_ink_and_uneven_light_do_no_harm():
    grey, corners = desk_with_sheet(-8)
    grey[150:250, 280:292] = 0.1
    grey[200:212, 220:350] = 0.1
    grey = grey * np.linspace(0.8, 1.1, SHAPE[1])
    assert np.abs(corners_of(find_sheet(np.clip(grey, 0, 1))) - corners).max() < 12


def test_a_sheet_may_go_beyond_one_side():
    grey, _ = desk_with_sheet(0, centre=(290, 60))
    found = find_sheet(grey)
    assert found.centre[1] == pytest.approx((170 - 0) / 2, abs=5)


def test_the_view_is_upright():
    grey, _ = desk_with_sheet(15, noise=0)
    angle = np.deg2rad(15)
    y, x = np.indices(SHAPE)
    height = -(x - 290) * np.sin(angle) + (y - 200) * np.cos(angle)
    grey[(np.abs(height - 30) < 4) & (grey > 0.5)] = 0.1  # A line along the sheet's upper side.
    view = find_sheet(grey).view(grey)
    rows = np.flatnonzero((view < 0.3).mean(axis=1) > 0.5)
    assert 4 <= len(rows) <= 9
    assert rows.mean() - (view.shape[0] - 1) / 2 == pytest.approx(30, abs=4)


def test_a_page_with_or_without_a_shadow_is_no_sheet():
    y, x = np.indices(SHAPE)
    noise = np.random.default_rng(0).normal(0, 0.02, SHAPE)
    for shadow in (x < 0, x > 300, x + y > 500, (x > 300) & (y > 150), y < 210):
        grey = np.clip(np.where(shadow, 0.4, 0.8) + noise, 0, 1)
        assert find_sheet(grey) is None
        assert find_sheet(ndimage.gaussian_filter(grey, 20)) is None
    assert find_sheet(np.zeros((5, 5))) is None
    assert find_sheet(np.full(SHAPE, 0.5)) is None


def test_a_bright_disc_is_no_sheet():
    y, x = np.indices(SHAPE)
    assert find_sheet(np.where(np.hypot(x - 280, y - 210) < 150, 0.8, 0.3)) is None


def test_all_of_a_picture_is_seen_as_it_is():
    grey = np.random.default_rng(0).uniform(size=(7, 9))
    np.testing.assert_allclose(whole(grey).view(grey), grey, atol=1e-12)
