"""Fashion-MNIST from Debian: the package ``dataset-fashion-mnist``, read without installing it."""

import pathlib
import tempfile

from tfcnn.data.sources import client, tar_members
from tfcnn.data.sources.source import UnavailableError

PACKAGE = "dataset-fashion-mnist"

_FOLDER = "usr/share/datasets/fashion-mnist"


def fetch(*, progress: bool) -> dict[str, bytes]:
    """Downloads the package with ``apt-get`` and gives the four IDX payloads.

    Raises:
      InputError: There is no apt-get, it does not reach the package, or a file is damaged.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        work = pathlib.Path(name)
        _apt_get(work, progress, *_options_for_lists(work, progress), "download", PACKAGE)
        archive = client.only_file(work, "*.deb")
        files = work / "files.tar"
        command = ["dpkg-deb", "--fsys-tarfile", str(archive)]
        title = "unpacking Fashion-MNIST"
        client.run(command, work, title=title, progress=progress, output=files)
        with files.open("rb") as stream:
            return tar_members.read_idx(stream, _FOLDER, archive.name)


def _options_for_lists(work: pathlib.Path, progress: bool) -> list[str]:
    """Chooses the machine's package lists, or gets own ones if the machine's lack the package.

    Only root may update the machine's lists; anyone may keep lists of their own.
    """
    try:
        _apt_get(work, progress, "--print-uris", "download", PACKAGE)
    except UnavailableError:
        lists = work / "lists"
        (lists / "partial").mkdir(parents=True)
        options = ["-o", f"Dir::State::lists={lists}", "-o", "Acquire::Languages=none"]
        _apt_get(work, progress, *options, "update")
        return options
    return []


def _apt_get(work: pathlib.Path, progress: bool, *arguments: str) -> None:
    """Runs apt-get with its own cache, so that it needs no rights and leaves nothing behind."""
    cache = work / "cache"
    (cache / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    # As root, apt would fetch as the user _apt, who cannot enter our temporary folder.
    options = ["-o", f"Dir::Cache={cache}", "-o", "APT::Sandbox::User=root"]
    command = ["apt-get", *options, *arguments]
    client.run(command, work, title="Fashion-MNIST from Debian", progress=progress)
