"""How well a network reads pictures as people have them, by kind, beside what plain scaling gives.

    python -m benchmarks.pictures --run_dir=runs/first --pictures=200

The pictures are made from the first test digits of MNIST (``benchmarks/made_pictures.py`` says
how), so the network's accuracy on the digits themselves is what could be had. A picture counts as
right if exactly one digit is found on it and that one is told rightly. Beside it: the picture read
by Pillow, made grey and scaled, with nothing else done. Last come sheets of thirty digits each.
"""

from __future__ import annotations

import io
import time
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from absl import app, flags
from PIL import Image

import tfcnn
from benchmarks import made_pictures
from tfcnn.data import digits, pictures
from tfcnn.data.preparation import find_preparation
from tfcnn.pixels import as_floats
from tfcnn.report.tables import Table

RUN_DIR = flags.DEFINE_string("run_dir", None, "A finished run on MNIST.", required=True)
PICTURES = flags.DEFINE_integer("pictures", 200, "How many of each kind.", lower_bound=1)
KINDS = flags.DEFINE_list("kinds", list(made_pictures.KINDS), "Which kinds.")
SHEETS = flags.DEFINE_integer("sheets", 6, "How many sheets of thirty digits.", lower_bound=0)


def saved(made: made_pictures.Saved) -> bytes:
    image, ending, choices = made
    file = io.BytesIO()
    image.save(file, {"jpg": "JPEG", "png": "PNG"}[ending], **choices)
    return file.getvalue()


def plainly_scaled(content: bytes, shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    """What a program does that thinks of nothing."""
    grey = Image.open(io.BytesIO(content)).convert("L")
    return np.asarray(grey.resize(shape[1::-1], Image.Resampling.BILINEAR))[..., np.newaxis]


def says(network: tfcnn.model.Network, images: Sequence[npt.NDArray[np.uint8]]) -> list[int]:
    if not images:
        return []
    return network(as_floats(np.stack(images))).numpy().argmax(axis=1).tolist()


def main(_: Sequence[str]) -> None:
    network = tfcnn.load_run(RUN_DIR.value)
    data = tfcnn.data.load("mnist")
    preparation = find_preparation(data.train.images)
    print(f"preparation: {preparation}")
    shape, count = network.input_shape, PICTURES.value
    labels = data.test.labels[:count].tolist()
    on_digits = np.mean(np.equal(says(network, list(data.test.images[:count])), labels))
    rows = []
    for name in KINDS.value:
        plain, right, seconds = [], 0, 0.0
        for number, label in enumerate(labels):
            generator = np.random.default_rng([list(made_pictures.KINDS).index(name), number])
            made = made_pictures.KINDS[name](data.test.images[number, ..., 0], generator)
            content = saved(made)
            plain.append(plainly_scaled(content, shape))
            start = time.perf_counter()
            picture = pictures.open_picture(content, name, digits.READ_SIDE)
            found = digits.prepare(picture, shape, preparation)
            seconds += time.perf_counter() - start
            right += says(network, [one.image for one in found]) == [label]
        shares = np.mean(np.equal(says(network, plain), labels)), right / count, on_digits
        cells = (*(f"{share:.1%}" for share in shares), f"{1e3 * seconds / count:.0f} ms")
        rows.append((name, *cells))
        print(*rows[-1], sep="  ", flush=True)
    print(Table(("kind", "scaled only", "prepared", "digits themselves", "time"), rows).to_text())
    for number in range(SHEETS.value):
        some = slice(30 * number, 30 * number + 30)
        generator = np.random.default_rng([99, number])
        ink = made_pictures.sheet_of(data.test.images[some, ..., 0], generator)
        how, pixels = made_pictures.photograph_of_sheet(ink, number, generator)
        content = saved((Image.fromarray(pixels), "jpg", {"quality": 85}))
        picture = pictures.open_picture(content, how, digits.READ_SIDE)
        found = digits.prepare(picture, shape, preparation)
        answers = says(network, [one.image for one in found])
        truth = data.test.labels[some].tolist()
        hits = sum(answer == label for answer, label in zip(answers, truth, strict=False))
        print(f"sheet of thirty, {how}: {len(found)} found, {hits} right in reading order")


if __name__ == "__main__":
    app.run(main)
