"""Making the directory of tensorflow-datasets (TFDS) from whatever source delivered."""

import pathlib
import types
from collections.abc import Iterator
from typing import Any

from tfcnn.arguments import checked
from tfcnn.data.catalog import PUBLISHED
from tfcnn.data.dataset import Split
from tfcnn.data.loading import load
from tfcnn.data.sources import tfds
from tfcnn.errors import told, wrong
from tfcnn.typing import PathLike


@checked
def prepare(name: str, tfds_dir: PathLike, *, cache_dir: PathLike | None = None) -> pathlib.Path:
    """Prepares a data set as TFDS would, so that ``tfds.load(name, data_dir=...)`` finds it.

    The official builder does it all, only that it takes the images from memory. A directory
    that is already prepared stays as it is.

    Args:
      name: ``mnist`` or ``fashion_mnist``.
      tfds_dir: The ``data_dir`` to write to.
      cache_dir: As for ``load``.

    Returns:
      The prepared directory, for example ``TFDS_DIR/mnist/3.0.1``.

    Raises:
      InputError: The name is another one, no source has the data, or ``tfds_dir`` cannot be
        written.
    """
    if name not in PUBLISHED:
        known = " or ".join(PUBLISHED)
        raise wrong("dataset", f"{known}, which can be prepared", told(name))
    try:
        pathlib.Path(tfds_dir).mkdir(parents=True, exist_ok=True)
        builder = _builder_class(name)(data_dir=tfds_dir)
        if not builder.is_prepared():
            data = load(name, cache_dir=cache_dir, tfds_dir=tfds_dir)
            builder.splits = {"train": data.train, "test": data.test}
            builder.download_and_prepare()
    except OSError as error:
        reason = error.strerror or error
        raise wrong("tfds_dir", "a folder to write to", f"{tfds_dir}: {reason}") from error
    return pathlib.Path(builder.data_dir)


class _FromMemory:
    """The part of a builder that gets the images; the rest is the official builder's."""

    splits: dict[str, Split]

    def _split_generators(self, dl_manager: object) -> dict[str, Iterator[tuple[int, Any]]]:
        del dl_manager
        return {name: self._generate_examples(split) for name, split in self.splits.items()}

    def _generate_examples(self, split: Split) -> Iterator[tuple[int, Any]]:
        # The official key is the number too: it decides the order in the files.
        for number, (image, label) in enumerate(zip(split.images, split.labels, strict=True)):
            yield number, {"image": image, "label": int(label)}


def _builder_class(name: str) -> Any:
    """Derives from the official builder; registered, it would take the official one's place."""
    official = tfds.import_tfds().builder_cls(name)
    return types.new_class(official.__name__, (_FromMemory, official), {"skip_registration": True})
