from __future__ import annotations

import hashlib

import pytest

from tfcnn.data import checksums
from tfcnn.errors import InputError


def test_the_right_bytes_pass(sample_is_mnist, sample_payloads):
    assert checksums.verify("mnist", sample_payloads, "x") == sample_is_mnist


def test_one_flipped_bit_is_refused(sample_is_mnist, sample_payloads):
    for part in checksums.PARTS:
        damaged = bytearray(sample_payloads[part])
        damaged[-1] ^= 1
        with pytest.raises(InputError, match=f"^x/{part}: expected mnist's SHA-256"):
            checksums.verify("mnist", {**sample_payloads, part: bytes(damaged)}, "x")


def test_missing_part(sample_is_mnist, sample_payloads):
    rest = {part: data for part, data in sample_payloads.items() if "t10k-l" not in part}
    with pytest.raises(InputError, match="x: expected t10k-labels-idx1-ubyte of mnist"):
        checksums.verify("mnist", rest, "x")


def test_fashion_given_as_mnist_is_recognised(monkeypatch):
    fashion = {part: part.encode() for part in checksums.PARTS}
    digests = {part: hashlib.sha256(data).hexdigest() for part, data in fashion.items()}
    monkeypatch.setitem(checksums.CANONICAL, "fashion_mnist", digests)
    with pytest.raises(InputError, match=r"which is fashion_mnist's train-images-idx3-ubyte$"):
        checksums.verify("mnist", fashion, "x")


def test_every_known_set_has_four_parts():
    for digests in checksums.CANONICAL.values():
        assert tuple(digests) == checksums.PARTS
        assert all(len(bytes.fromhex(digest)) == 32 for digest in digests.values())
