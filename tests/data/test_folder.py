from __future__ import annotations

import gzip

import pytest

from tfcnn.data import checksums, folder
from tfcnn.errors import InputError


def fill(path, payloads, packed=()):
    path.mkdir(exist_ok=True)
    for part, payload in payloads.items():
        name, data = (f"{part}.gz", gzip.compress(payload)) if part in packed else (part, payload)
        (path / name).write_bytes(data)


def test_plain_and_gzip_side_by_side(tmp_path, sample_payloads):
    fill(tmp_path, sample_payloads, packed=[checksums.TRAIN_IMAGES])
    assert folder.read(tmp_path) == sample_payloads


def test_missing_file(tmp_path, sample_payloads):
    fill(tmp_path, sample_payloads)
    (tmp_path / checksums.TEST_LABELS).unlink()
    with pytest.raises(InputError, match=r"expected the file t10k-labels-idx1-ubyte or .*\.gz"):
        folder.read(tmp_path)


def test_no_folder(tmp_path):
    with pytest.raises(InputError, match="nowhere: expected a folder of IDX files"):
        folder.read(tmp_path / "nowhere")
