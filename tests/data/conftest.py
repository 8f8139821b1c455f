from __future__ import annotations

import gzip
import hashlib

import pytest

from tfcnn.data import checksums


@pytest.fixture(scope="session")
def sample_payloads(sample_folder):
    """The shipped digits, unpacked by the standard library alone."""
    return {
        part: gzip.decompress((sample_folder / f"{part}.gz").read_bytes())
        for part in checksums.PARTS
    }


@pytest.fixture
def sample_is_mnist(monkeypatch, sample_payloads):
    """Lets the 500 shipped digits stand for the whole of MNIST."""
    digests = {part: hashlib.sha256(data).hexdigest() for part, data in sample_payloads.items()}
    monkeypatch.setitem(checksums.CANONICAL, "mnist", digests)
    return digests
