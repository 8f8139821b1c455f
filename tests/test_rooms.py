"""What each room offers, and what naming it costs."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

import tfcnn

ROOT = pathlib.Path(__file__).parents[1]
ROOMS = sorted(folder.parent.name for folder in ROOT.glob("tfcnn/*/__init__.py"))


@pytest.mark.parametrize("name", ROOMS)
def test_every_public_name_of_a_room_is_there(name):
    room = getattr(tfcnn, name)
    assert room.__all__
    for public in room.__all__:
        assert getattr(room, public) is not None
    with pytest.raises(AttributeError, match="trian"):
        room.trian  # noqa: B018


def test_the_package_offers_every_room():
    assert set(ROOMS) < set(tfcnn.__all__)


def test_a_function_keeps_its_name_beside_the_module_it_stands_in():
    from tfcnn.ascent.maximize import maximize

    assert callable(maximize)
    assert tfcnn.ascent.maximize is maximize


@pytest.mark.parametrize(
    ("lines", "heavy"),
    [
        ("tfcnn.model.geometry(tfcnn.model.find('simple'), (28, 28, 1))", {"tensorflow", "numpy"}),
        ("tfcnn.training.TrainConfig()", {"tensorflow"}),
        ("tfcnn.exchange.NumpyNetwork", {"tensorflow"}),
        ("tfcnn.ascent.RECIPES, tfcnn.ascent.REDUCTIONS", {"tensorflow"}),
        ("tfcnn.inspection.attribution.METHODS", {"tensorflow"}),
        ("tfcnn.report.Table", {"tensorflow", "matplotlib"}),
        ("tfcnn.distributed.available_cores()", {"tensorflow"}),
        ("tfcnn.runs.Run('runs/first').__class__", {"tensorflow", "numpy"}),
    ],
)
def test_nothing_heavy_is_imported_for_what_does_without(lines, heavy):
    program = (
        f"import sys, tfcnn\n{lines}\nfound = {heavy} & set(sys.modules)\nassert not found, found"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)
