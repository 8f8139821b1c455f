"""What the images of a data set tell of how they were made."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from tfcnn.data.preparation import Preparation, find_preparation, ground_of
from tfcnn.errors import InputError

MNIST = Preparation("dark", "mass", 20)


def as_emnist(image, generator):
    """Blurred, its box scaled to 24 of 28 pixels and set in the middle (Cohen et al., 2017)."""
    rows, columns = (np.flatnonzero(image.max(axis=axis)) for axis in (1, 0))
    cut = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    factor = 24 / max(cut.shape)
    sides = [max(round(side * factor), 1) for side in cut.shape]
    box = np.asarray(Image.fromarray(cut).resize(sides[::-1], Image.Resampling.BICUBIC))
    made = np.zeros((28, 28), np.uint8)
    top, left = ((28 - side) // 2 for side in sides)
    made[top : top + sides[0], left : left + sides[1]] = box
    return ndimage.gaussian_filter(made, 0.4)


@pytest.fixture(scope="module")
def digits(sample):
    return sample.train.images


def test_mnist_is_bright_on_dark_twenty_pixels_long_and_centred_by_mass(digits):
    assert find_preparation(digits) == MNIST
    assert str(MNIST) == (
        "bright ink on a dark ground, scaled to 20 pixels, its centre of mass in the middle"
    )


def test_its_negatives_are_the_same_on_white(digits):
    assert find_preparation(255 - digits) == Preparation("bright", "mass", 20)


def test_grey_paper_and_noise_are_a_bright_ground(digits):
    noise = np.random.default_rng(0).normal(0, 4, digits.shape)
    paper = np.clip(215 - 0.7 * digits + noise, 0, 255).astype(np.uint8)
    assert find_preparation(paper) == Preparation("bright", "mass", 20)


def test_grey_stored_as_colours_is_grey(digits):
    assert find_preparation(np.repeat(digits, 3, axis=3)) == MNIST


@pytest.mark.parametrize("kept", [[1], [1, 7], [0, 6, 8], [3, 4, 5]])
def test_some_of_the_digits_tell_the_same(sample, digits, kept):
    assert find_preparation(digits[np.isin(sample.train.labels, kept)]) == MNIST


def test_one_image_is_enough(digits):
    assert find_preparation(digits[:1]) == MNIST


def test_letters_as_of_emnist_are_centred_by_their_box(digits):
    generator = np.random.default_rng(0)
    images = np.stack([as_emnist(image[..., 0], generator) for image in digits])[..., np.newaxis]
    found = find_preparation(images)
    assert (found.ground, found.centring) == ("dark", "box")
    assert abs(found.box - 24) <= 1


def test_digits_anywhere_are_only_on_a_dark_ground(digits):
    generator = np.random.default_rng(0)
    moved = np.zeros((len(digits), 40, 40, 1), np.uint8)
    for place, image in zip(moved, digits, strict=True):
        top, left = generator.integers(0, 13, 2)
        place[top : top + 28, left : left + 28] = image
    assert find_preparation(moved) == Preparation("dark")


def test_clothes_that_fill_the_image_are_not_boxed(sample):
    """As in Fashion-MNIST: shapes in many greys whose longer side is all of 28 pixels."""
    generator = np.random.default_rng(0)
    images = np.zeros((200, 28, 28, 1), np.uint8)
    for image in images:
        width = generator.integers(8, 25)
        left = (28 - width) // 2
        texture = ndimage.gaussian_filter(generator.normal(size=(28, width)), 1)
        image[:, left : left + width, 0] = 120 + 100 * np.clip(texture, -1, 1)
    assert find_preparation(images) == Preparation("dark")


def test_photographs_in_colours_and_noise_are_taken_as_they_come():
    generator = np.random.default_rng(0)
    assert find_preparation(generator.integers(0, 256, (50, 32, 32, 3), np.uint8)) == Preparation()
    assert find_preparation(generator.integers(0, 256, (50, 32, 32, 1), np.uint8)) == Preparation()
    assert find_preparation(np.full((50, 8, 8, 1), 128, np.uint8)) == Preparation()


def test_an_empty_image_or_two_change_nothing(digits):
    images = digits.copy()
    images[:5] = 0
    assert find_preparation(images) == MNIST


def test_every_digit_of_the_set_fits_and_its_negative_does_not(sample):
    images = np.concatenate([sample.train.images, sample.test.images])[..., 0]
    assert np.mean([MNIST.fits(image) for image in images]) == 1
    assert not any(MNIST.fits(255 - image) for image in images)
    corner = np.roll(images[0], (-4, -4), (0, 1))
    assert not MNIST.fits(corner)
    assert not MNIST.fits(np.kron(images[0][::2, ::2], np.ones((1, 1), np.uint8))[:14, :14])


def test_the_ground_is_what_lies_along_the_edges():
    image = np.full((10, 10), 200, np.uint8)
    image[2:8, 2:8] = 0
    assert [ground_of(one) for one in (image, 255 - image)] == ["bright", "dark"]
    assert ground_of(np.full((10, 10), 128, np.uint8)) == "any"


def test_json_there_and_back():
    for one in (MNIST, Preparation(), Preparation("bright"), Preparation("dark", "box", 24)):
        assert Preparation.from_json(json.loads(json.dumps(one.to_json()))) == one
    assert MNIST.to_json() == {"ground": "dark", "centring": "mass", "box": 20}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "preparation: expected ground, centring, box, found None"),
        ({"ground": "dark"}, "preparation: expected ground, centring, box, found"),
        ({"ground": 1, "centring": "none", "box": 0}, "preparation.ground: expected one of dark"),
        ({"ground": "dark", "centring": "x", "box": 0}, "preparation.centring: expected one of"),
        ({"ground": "dark", "centring": "mass", "box": 0}, "preparation.box: expected 1 or more"),
        ({"ground": "dark", "centring": "mass", "box": 2.5}, "preparation.box: expected 1 or more"),
        ({"ground": "dark", "centring": "none", "box": 3}, "preparation.box: expected 0 where"),
        ({"ground": "any", "centring": "mass", "box": 3}, "preparation.ground: expected dark or"),
        ({"ground": [], "centring": "none", "box": 0}, "preparation.ground: expected one of dark"),
    ],
)
def test_what_is_no_preparation_is_refused(content, message):
    with pytest.raises(InputError) as caught:
        Preparation.from_json(content)
    assert str(caught.value).startswith(message)
