"""The image that a program looks at: a test image by its number, or a picture of one's own."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from absl import flags

import tfcnn
from experiments.command_line import flag_types
from tfcnn.data import Preparation
from tfcnn.errors import wrong
from tfcnn.runs.run import Run
from tfcnn.shown_names import shown
from tfcnn.typing import UInt8

if TYPE_CHECKING:
    from tfcnn.data.pictures import Picture

flags.disclaim_key_flags()

_LONGEST = 60  # Of a picture's name in the name of another file.


@dataclasses.dataclass(frozen=True, eq=False)
class ShownImage:
    """An image and what it is called.

    Attributes:
      pixels: uint8 [height, width, channels], as the network was trained on.
      title: What pictures of it are titled.
      stem: What stands for it in a file's name; of a picture, with a checksum of what it shows, as
        others may be called like it.
    """

    pixels: UInt8
    title: str
    stem: str


def define(otherwise: str = "test image 0") -> None:
    """Defines ``--index`` and ``--image``; ``otherwise`` is what is taken if neither is given."""
    flag_types.define_integer(
        "index", None, f"Number of the test image. Default: {otherwise}.", at_least=0
    )
    flag_types.define_path(
        "image",
        None,
        "A picture of your own instead, which is made like the training images, as in predict.",
    )
    define_preprocess()


def define_preprocess() -> flags.FlagHolder[str]:
    """Defines ``--preprocess``, which says how a picture becomes an image."""
    return flags.DEFINE_enum(
        "preprocess",
        "auto",
        ["auto", "none"],
        "auto makes of a picture what the training images are; none scales to the network's size.",
    )


def preparation_of(run: Run) -> Preparation:
    """How pictures become images for a run, as ``--preprocess`` says.

    Raises:
      InputError: The run does not say, and its data cannot be had.
    """
    return run.preparation() if flags.FLAGS.preprocess == "auto" else Preparation()


def is_given() -> bool:
    """Whether one of the flags names an image."""
    return flags.FLAGS.index is not None or flags.FLAGS.image is not None


def read(run: Run, network: tfcnn.model.Network) -> ShownImage:
    """The image that the flags name, for the run's network; what was done to a picture is printed.

    Raises:
      InputError: Both flags are given, there is no such image, or the picture cannot be read.
    """
    index, path = flags.FLAGS.index, flags.FLAGS.image
    if path is None:
        pixels, label = run.data().test_image(index or 0)
        return ShownImage(pixels, f"test image {index or 0} ({label})", str(index or 0))
    if index is not None:
        raise wrong("index", "none beside --image", index)
    preparation = preparation_of(run)
    picture, prepared = tfcnn.data.prepare_single(path, network.input_shape, preparation)
    for note in (f"pictures become: {preparation}", *picture.notes):
        print(shown(note))
    kind = "" if flags.FLAGS.preprocess == "auto" else "_none"
    return ShownImage(
        prepared.image, shown(path), f"image_{picture_words([path], [picture])}{kind}"
    )


def picture_words(files: Sequence[str], pictures: Sequence[Picture]) -> str:
    """What stands for pictures in a file's name: ``7_1a2b3c4d``, ``20_pictures_1a2b3c4d``.

    The digits are of what the pictures show, in their order.
    """
    several = len(files) > 1
    name = f"{len(files)}_pictures" if several else pathlib.Path(files[0]).stem[:_LONGEST]
    parts = (str(each.pixels.shape).encode() + each.pixels.tobytes() for each in pictures)
    return f"{name}_{flag_types.checksum(parts)}"
