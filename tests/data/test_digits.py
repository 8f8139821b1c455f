"""Photographs of digits, made from MNIST's own, which are what should come out again."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

import tfcnn
from tfcnn.data import digits, ink, prepare_picture
from tfcnn.errors import InputError

SHAPE = (28, 28, 1)


def photographed(digit, generator):
    """A digit as dark ink, blown up, somewhere on unevenly lit, noisy, yellowish paper."""
    drawn = ndimage.zoom(digit / 255, generator.uniform(4, 9), order=1)
    height, width = generator.integers(260, 420, 2)
    page = np.zeros((height, width))
    top, left = (
        generator.integers(0, room - side + 1)
        for room, side in zip(page.shape, drawn.shape, strict=True)
    )
    page[top : top + drawn.shape[0], left : left + drawn.shape[1]] = drawn
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    down, across = generator.uniform(-0.15, 0.15, 2)
    light = 0.75 + down * y + across * x - 0.08 * (x * x + y * y)
    grey = light * (1 - generator.uniform(0.6, 0.9) * page) + generator.normal(0, 0.03, page.shape)
    paper = np.array([1.0, 0.97, 0.9])
    return np.clip(np.rint(255 * grey[..., np.newaxis] * paper), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def taken(sample):
    """Each test digit, photographed and prepared."""
    generator = np.random.default_rng(0)
    photographs = [photographed(image[..., 0], generator) for image in sample.test.images]
    return np.stack([digits.as_mnist(picture, SHAPE).image for picture in photographs])


def test_the_original_comes_out_again(sample, taken):
    """Up to a pixel: a stroke's faint end may be lost, and then the box is another."""
    for original, found in zip(sample.test.images, taken, strict=True):
        shifted = [
            np.roll(found, (down, across), (0, 1)).ravel()
            for down in (-1, 0, 1)
            for across in (-1, 0, 1)
        ]
        assert max(np.corrcoef(original.ravel(), one)[0, 1] for one in shifted) > 0.7
    exact = [
        np.corrcoef(original.ravel(), found.ravel())[0, 1]
        for original, found in zip(sample.test.images, taken, strict=True)
    ]
    assert np.median(exact) > 0.9


def test_photographs_are_classified_almost_as_well_as_the_originals(sample, taken):
    text = "conv(8,5) max(2) conv(16,3) max(2) flatten dense(10,act=linear)"
    network = tfcnn.model.Network(tfcnn.model.parse(text), SHAPE, seed=0)
    config = tfcnn.training.TrainConfig(epochs=12, batch_size=32, learning_rate=0.03)
    tfcnn.training.train(network, sample, config, progress=False)
    originals, photographs = (
        np.mean(network(images / np.float32(255)).numpy().argmax(axis=1) == sample.test.labels)
        for images in (sample.test.images, taken)
    )
    assert originals > 0.85
    assert photographs >= originals - 0.03


@pytest.mark.soak
def test_five_hundred_photographs_of_real_digits():
    """A photograph costs the trained network at most one digit in a hundred."""
    test = tfcnn.data.load("mnist").test
    network = tfcnn.model.Network(tfcnn.model.ZOO["simple"], SHAPE, seed=0)
    config = tfcnn.training.TrainConfig(epochs=2)
    tfcnn.training.train(network, tfcnn.data.load("mnist"), config, progress=False)
    generator = np.random.default_rng(0)
    originals, labels = test.images[:500], test.labels[:500]
    photographs = [
        digits.as_mnist(photographed(image[..., 0], generator), SHAPE).image for image in originals
    ]
    right = [
        int((network(images / np.float32(255)).numpy().argmax(axis=1) == labels).sum())
        for images in (originals, np.stack(photographs))
    ]
    print(f"{right[0]} of 500 originals, {right[1]} of 500 photographs")
    assert right[0] >= 490
    assert right[1] >= right[0] - 5


def test_where_mnist_puts_its_digits(taken):
    """In MNIST itself the longer side is 20 and the centre of mass 14, within half a pixel."""
    for image in taken[..., 0].astype(float):
        sides = [np.ptp(np.flatnonzero(image.max(axis=axis) > 0)) + 1 for axis in (0, 1)]
        assert max(sides) in (19, 20)
        for axis in (0, 1):
            middle = np.average(np.arange(28), weights=image.sum(axis=axis))
            assert middle == pytest.approx(14, abs=0.51)


def test_shape_is_kept_and_specks_go():
    page = np.full((300, 200, 3), 230, np.uint8)
    page[40:240, 60:110] = 20  # A bar of 4 to 1: 20 high and 5 wide in the end.
    page[280:284, 180:184] = 20  # A speck.
    image = digits.as_mnist(page, SHAPE).image[..., 0]
    rows, columns = np.nonzero(image > 127)
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (20, 5)
    top = rows.min()
    assert top in (4, 5)  # Its middle lies between two pixels.
    assert columns.min() == 12
    assert image[top : top + 20, 12:17].min() > 200
    image[top - 1 : top + 21, 11:18] = 0
    assert not image.any()


def test_bright_strokes_on_a_dark_ground_are_not_inverted():
    page = np.zeros((100, 100, 3), np.uint8)
    page[10:50, 30:40] = 255
    dark, bright = (digits.as_mnist(picture, SHAPE).image for picture in (page, 255 - page))
    np.testing.assert_array_equal(dark, bright)
    assert dark[5:23, 13:16].min() == 255 and dark.mean() < 60


def test_an_mnist_digit_itself_is_taken_as_it_is(sample):
    for digit in sample.test.images[:20]:
        found = digits.as_mnist(np.repeat(digit, 3, axis=2), SHAPE)
        np.testing.assert_array_equal(found.image, digit)
        assert list(found.stages) == ["picture", "as it is"]


@pytest.mark.parametrize("deviation", [0, 8])
def test_an_empty_page_has_no_ink(deviation):
    noise = np.random.default_rng(0).normal(0, deviation, (200, 300, 1))
    light = np.linspace(150, 240, 300)[np.newaxis, :, np.newaxis]
    page = np.clip(light + noise + np.zeros(3), 0, 255).astype(np.uint8)
    assert digits.as_mnist(page, SHAPE) is None


@pytest.mark.parametrize("sides", [(1, 1), (1, 500), (2, 3), (28, 28)])
def test_odd_sizes_are_harmless(sides):
    noise = np.random.default_rng(0).integers(0, 256, (*sides, 3), np.uint8)
    found = digits.as_mnist(noise, SHAPE)
    assert found is None or found.image.shape == SHAPE


def test_otsu_splits_two_groups_by_brute_force():
    generator = np.random.default_rng(0)
    values = np.concatenate([generator.normal(0.2, 0.05, 900), generator.normal(0.8, 0.05, 100)])
    found = ink.otsu_threshold(values)

    def within(threshold):
        groups = values[values <= threshold], values[values > threshold]
        return sum(len(group) * group.var() for group in groups if len(group))

    candidates = np.linspace(values.min(), values.max(), 1001)[:-1]
    assert within(found) <= min(map(within, candidates)) * 1.01


def test_files(tmp_path):
    page = np.full((60, 60, 3), 255, np.uint8)
    Image.fromarray(page).save(tmp_path / "empty.png")
    page[10:50, 28:34] = [0, 0, 120]
    Image.fromarray(page).save(tmp_path / "one.png")
    found = prepare_picture(tmp_path / "one.png", SHAPE)
    assert list(found.stages) == ["picture", "ink", "cut out", "centred"]
    np.testing.assert_array_equal(found.stages["picture"], page)
    np.testing.assert_array_equal(found.stages["centred"], found.image)
    plain = prepare_picture(tmp_path / "one.png", (30, 30, 1), find_digit=False)
    assert plain.image[15, 15] < 30 and plain.image[0, 0] == 255
    colour = prepare_picture(tmp_path / "one.png", (60, 60, 3))
    np.testing.assert_array_equal(colour.image, page)
    with pytest.raises(InputError, match=r"^images: .*empty.png: expected ink on paper"):
        prepare_picture(tmp_path / "empty.png", SHAPE)
    with pytest.raises(InputError, match=r"^images: .*none.png: expected a PNG or JPEG file"):
        prepare_picture(tmp_path / "none.png", SHAPE)
    with pytest.raises(InputError, match=r"^images: expected a network with 1 or 3 channels"):
        prepare_picture(tmp_path / "one.png", (28, 28, 2))
