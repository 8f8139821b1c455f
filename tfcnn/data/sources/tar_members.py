"""IDX files of a tar archive, read into memory: no name in it ever becomes a path."""

import itertools
import tarfile
from typing import IO

from tfcnn.data import idx
from tfcnn.data.checksums import PARTS
from tfcnn.errors import InputError

# Real ones have about twenty. An archive that never ends is left here.
MOST_MEMBERS = 1000
# What goes wrong in ``tarfile`` when an archive is not what it should be; TarError is not all.
_TAR_ERRORS = (tarfile.TarError, OSError, EOFError, ValueError, LookupError, RecursionError)


def read_idx(stream: IO[bytes], folder: str, where: str) -> dict[str, bytes]:
    """Reads the four IDX payloads in one folder of an uncompressed tar archive.

    Links are not followed, not even within the archive.

    Args:
      stream: The archive; it can seek.
      folder: The folder in the archive that holds the files, plain or gzip.
      where: What to call the archive in error messages.

    Returns:
      The payloads by part.

    Raises:
      InputError: The archive or a file in it is damaged or missing.
    """
    parts = {f"{folder}/{part}{ending}": part for part in PARTS for ending in ("", ".gz")}
    payloads = {}
    try:
        with tarfile.open(fileobj=stream, mode="r:") as archive:
            for member in itertools.islice(archive, MOST_MEMBERS):
                part = parts.get(member.name.removeprefix("./"))
                if part is None:
                    continue
                # A sparse member may declare more zeros than the archive has bytes.
                plain = member.isreg() and not member.issparse()
                file = archive.extractfile(member) if plain else None
                if file is None:
                    raise InputError(f"{where}/{part}: expected a plain file, found another kind")
                payloads[part] = idx.read_file(file, f"{where}/{part}")
    except InputError:
        raise
    except _TAR_ERRORS as error:
        raise InputError(f"{where}: expected a whole tar archive, found {error}") from error
    for part in PARTS:
        if part not in payloads:
            raise InputError(f"{where}: expected four IDX files, found no {folder}/{part}")
    return payloads
