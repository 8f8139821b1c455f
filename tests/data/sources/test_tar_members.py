from __future__ import annotations

import gzip
import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfcnn.data import checksums
from tfcnn.data.sources import tar_members
from tfcnn.errors import InputError

FOLDER = "package/data"
IMAGES = bytes.fromhex("00000803 00000001 00000001 00000001 07")
LABELS = bytes.fromhex("00000801 00000001 03")
PAYLOADS = {part: LABELS if "labels" in part else IMAGES for part in checksums.PARTS}


def member(name, data=b"", **fields):
    found = tarfile.TarInfo(name)
    found.size = len(data)
    for field, value in fields.items():
        setattr(found, field, value)
    return found, io.BytesIO(data)


def archive(*members, kind=tarfile.GNU_FORMAT):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=kind) as writer:
        for info, data in members:
            writer.addfile(info, data)
    return stream.getvalue()


def good(folder=FOLDER, pack=lambda data: data, ending=""):
    return [member(f"{folder}/{part}{ending}", pack(data)) for part, data in PAYLOADS.items()]


def read(data):
    return tar_members.read_idx(io.BytesIO(data), FOLDER, "a.tgz")


@pytest.mark.parametrize("kind", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_plain_and_packed_files_are_read(kind):
    assert read(archive(*good(), kind=kind)) == PAYLOADS
    assert read(archive(*good(f"./{FOLDER}", gzip.compress, ".gz"), kind=kind)) == PAYLOADS


@pytest.mark.parametrize("folder", [f"/{FOLDER}", f"../{FOLDER}", f"x/../{FOLDER}", f"{FOLDER}/."])
def test_another_path_to_the_same_name_does_not_count(folder):
    with pytest.raises(InputError, match=r"^a\.tgz: expected four IDX files, found no package/"):
        read(archive(*good(folder)))


def test_nothing_is_ever_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    evil = [member(name, b"owned") for name in ("../evil", f"{tmp_path}/evil", "evil")]
    links = [member("here", type=tarfile.SYMTYPE, linkname="/"), member("here/evil", b"owned")]
    assert read(archive(*evil, *links, *good())) == PAYLOADS
    assert list(tmp_path.iterdir()) == []


FIRST = f"{FOLDER}/{checksums.TRAIN_IMAGES}"
ODD = {
    "symbolic link": {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"},
    "symbolic link to itself": {"type": tarfile.SYMTYPE, "linkname": checksums.TRAIN_IMAGES},
    "symbolic link within": {"type": tarfile.SYMTYPE, "linkname": checksums.TEST_IMAGES},
    "hard link": {"type": tarfile.LNKTYPE, "linkname": f"{FOLDER}/{checksums.TEST_IMAGES}"},
    "hard link to itself": {"type": tarfile.LNKTYPE, "linkname": FIRST},
    "device": {"type": tarfile.CHRTYPE, "devmajor": 1, "devminor": 5},
    "pipe": {"type": tarfile.FIFOTYPE},
    "folder": {"type": tarfile.DIRTYPE},
    "sparse": {"pax_headers": {"GNU.sparse.size": str(2**40), "GNU.sparse.map": f"{2**40},0"}},
}


@pytest.mark.parametrize("fields", ODD.values(), ids=ODD)
def test_what_is_no_plain_file_is_refused(fields):
    data = archive(*good()[1:], member(FIRST, **fields), kind=tarfile.PAX_FORMAT)
    with pytest.raises(InputError, match=r"^a\.tgz/train-images.*: expected a plain file, found"):
        read(data)


def test_an_archive_without_end_is_left(little_memory):
    (info, _) = member("nothing")
    with little_memory():
        with pytest.raises(InputError, match="found no package/data/train-images"):
            read(info.tobuf() * (2 * tar_members.MOST_MEMBERS) + archive(*good()))
        # A size below nothing leads an unpatched tarfile back to where it was.
        block = bytearray(info.tobuf())
        block[124:136] = b"\xff" * 10 + b"\xfe\x00"
        block[148:156] = b" " * 8
        block[148:156] = b"%06o\0 " % sum(block)
        with pytest.raises(InputError):
            read(bytes(block) + archive(*good()))


def test_a_header_that_declares_terabytes_is_refused(little_memory):
    info, _ = member(FIRST)
    info.size = 2**40
    pax = tarfile.TarInfo("pax")
    pax.type, pax.size = tarfile.XHDTYPE, 2**40
    for block in (info, pax):
        with little_memory(), pytest.raises(InputError, match=r"^a\.tgz"):
            read(block.tobuf(tarfile.GNU_FORMAT) + bytes(10_240))


WHOLE = [archive(*good(), kind=kind) for kind in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)]


@pytest.mark.fuzz
@given(st.sampled_from(WHOLE), st.data())
def test_wrong_bytes_are_refused_or_harmless(little_memory, whole, data):
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(
            st.integers(0, 8 * 512) | st.sampled_from([124, 148, 156, 157, 512 + 156])
        )
        content[start : start + data.draw(st.integers(0, 12))] = data.draw(st.binary(max_size=12))
    for first in range(0, 8 * 512, 512):  # The damage shall get past the checksum.
        block = content[first : first + 512]
        if data.draw(st.booleans()) and len(block) == 512 and any(block):
            total = sum(block[:148]) + 8 * 32 + sum(block[156:])
            content[first + 148 : first + 156] = b"%06o\0 " % total
    with little_memory():
        try:
            assert set(read(bytes(content))) == set(checksums.PARTS)
        except InputError as error:
            assert str(error).startswith("a.tgz")
