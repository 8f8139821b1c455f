from __future__ import annotations

import gzip
import io
import tarfile

import pytest

from tfcnn.data.sources import debian
from tfcnn.data.sources.source import UnavailableError

# apt-get as far as we use it: `download` knows the package if the lists in use have it.
APT_GET = """#!/bin/sh
echo "$@" >> {log}
lists={machine_lists}
for word in "$@"; do
    case "$word" in
        Dir::State::lists=*) lists="${{word#*=}}" ;;
        --print-uris) print=1 ;;
        update) {update}; exit 0 ;;
    esac
done
[ -e "$lists/package" ] || {{ echo "E: Unable to locate package" >&2; exit 100; }}
[ -n "$print" ] || : > dataset-fashion-mnist_1_all.deb
"""
DPKG_DEB = '#!/bin/sh\n[ "$1" = --fsys-tarfile ] && [ -f "$2" ] && cat {files}\n'


@pytest.fixture
def machine(tmp_path, monkeypatch, sample_payloads):
    """Gives a function that makes a Debian with or without the package in its lists."""
    files, lists = tmp_path / "files.tar", tmp_path / "lists"
    lists.mkdir()
    with tarfile.open(files, "w") as archive:
        for part, payload in sample_payloads.items():
            packed = gzip.compress(payload)
            member = tarfile.TarInfo(f"./usr/share/datasets/fashion-mnist/{part}.gz")
            member.size = len(packed)
            archive.addfile(member, io.BytesIO(packed))

    def install(name, text):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)

    def make(*, listed, update='touch "$lists/package"'):
        if listed:
            (lists / "package").touch()
        log = tmp_path / "log"
        install("apt-get", APT_GET.format(log=log, machine_lists=lists, update=update))
        install("dpkg-deb", DPKG_DEB.format(files=files))
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
        return log

    return make


def test_with_the_machines_own_lists(machine, sample_payloads):
    log = machine(listed=True)
    assert debian.fetch(progress=False) == sample_payloads
    assert " update" not in log.read_text()


def test_without_lists_it_keeps_lists_of_its_own(machine, sample_payloads, tmp_path):
    log = machine(listed=False)
    assert debian.fetch(progress=False) == sample_payloads
    calls = log.read_text().splitlines()
    assert [call.split()[-1] for call in calls] == [debian.PACKAGE, "update", debian.PACKAGE]
    assert all("Dir::Cache=" in call for call in calls)
    assert list((tmp_path / "lists").iterdir()) == []


def test_package_that_is_nowhere(machine):
    machine(listed=False, update=":")
    with pytest.raises(UnavailableError, match="apt-get failed: E: Unable to locate package"):
        debian.fetch(progress=False)
