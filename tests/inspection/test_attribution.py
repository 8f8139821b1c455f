"""Attributions of networks whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.errors import InputError
from tfcnn.inspection import attribution
from tfcnn.model import Network, parse
from tfcnn.model.reading import IMAGES_A_CALL

SHAPE = (10, 10, 1)


@pytest.fixture(scope="module")
def linear():
    """Logits are sums of pixels with known weights."""
    network = Network(parse("flatten dense(3,act=linear)"), SHAPE, seed=4)
    return network, network.weights["dense1/kernel"].numpy().reshape(*SHAPE, 3)


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(5).uniform(size=SHAPE).astype(np.float32)


@pytest.fixture(scope="module")
def cross_detector():
    """One filter that fires on a cross of 3 x 3, anywhere; the logit of class 1 is its sum."""
    network = Network(parse("conv(1,3) flatten dense(2,act=linear)"), SHAPE)
    cross = np.array([[-1, 1, -1], [1, 1, 1], [-1, 1, -1]], np.float32)
    network.weights["conv1/kernel"].assign(cross.reshape(3, 3, 1, 1))
    network.weights["conv1/bias"].assign([-4.0])
    reader = np.zeros((64, 2), np.float32)
    reader[:, 1] = 1
    network.weights["dense1/kernel"].assign(reader)
    picture = np.zeros(SHAPE, np.float32)
    picture[5:8, 2:5, 0] = cross > 0  # Its middle is at row 6, column 3.
    picture[1, 6:9] = 1  # A bar, which is no cross.
    return network, picture


def test_the_gradient_of_a_linear_network_is_its_weights(linear, image):
    network, weights = linear
    for target in range(3):
        found = attribution.gradient(network, image, target)
        np.testing.assert_allclose(found, weights[..., target], rtol=1e-5)
        smooth = attribution.smooth_gradient(network, image, target, samples=3)
        np.testing.assert_allclose(smooth, weights[..., target], rtol=1e-4)


def test_the_gradient_agrees_with_finite_differences(image):
    network = Network(parse("conv(4,3,act=tanh) flatten dense(3,act=linear)"), SHAPE, seed=1)
    found = attribution.gradient(network, image, 2)
    for y, x in ((0, 0), (4, 7), (9, 9)):
        step = np.zeros(SHAPE, np.float32)
        step[y, x] = 0.01
        up, down = (network((image + s)[None])[0, 2].numpy() for s in (step, -step))
        assert found[y, x, 0] == pytest.approx((up - down) / 0.02, rel=0.02, abs=1e-3)


@pytest.mark.parametrize("text", ["conv(6,3) max(2) flatten dense(9) dense(3,act=linear)"])
@pytest.mark.parametrize("seed", range(3))
def test_integrated_gradients_add_up_to_the_difference_of_the_logit(text, seed, image):
    network = Network(parse(text), SHAPE, seed=seed)
    shares = attribution.integrated_gradients(network, image, 1, steps=256)
    logits = network(np.stack([image, np.zeros_like(image)]))[:, 1].numpy()
    assert shares.sum() == pytest.approx(logits[0] - logits[1], rel=0.01)


def test_integrated_gradients_of_a_square_by_hand(image):
    """A logit of w * x^2 has the shares w * x^2 (Sundararajan et al., by the integral)."""

    class Square(Network):
        classes = 1

        def __call__(self, images):
            return tf.reduce_sum(images**2, axis=(1, 2, 3))[:, tf.newaxis]

    found = attribution.integrated_gradients(Square("flatten", SHAPE), image, 0, steps=16)
    np.testing.assert_allclose(found, image**2, rtol=1e-5)


def test_smooth_gradient_is_the_mean_over_the_noise_of_its_seed(cross_detector):
    network, picture = cross_detector
    found = attribution.smooth_gradient(network, picture, 1, deviation=0.2, samples=8, seed=3)
    noise = np.random.default_rng(3).normal(0, 0.2, (8, *SHAPE))
    copies = (picture + noise).astype(np.float32)
    with tf.GradientTape() as tape:
        tape.watch(noisy := tf.constant(copies))
        logits = network(noisy)[:, 1]
    expected = tape.gradient(logits, noisy).numpy().mean(axis=0)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    zero = attribution.smooth_gradient(network, picture, 1, deviation=0, samples=2)
    np.testing.assert_array_equal(zero, attribution.gradient(network, picture, 1))


def peak(heat):
    return tuple(int(place) for place in np.unravel_index(heat.argmax(), heat.shape))


def test_grad_cam_and_occlusion_point_at_the_cross(cross_detector):
    network, picture = cross_detector
    cam = attribution.grad_cam(network, picture, 1, "conv1")[..., 0]
    assert peak(cam) == (6, 3)
    assert cam[1, 7] == 0  # The bar says nothing.
    covered = attribution.occlusion(network, picture, 1, size=3)[..., 0]
    # It fires by 5 - 4, so that a square over any of its five pixels silences it.
    touched = np.zeros((10, 10), bool)
    for y, x in ((5, 3), (6, 2), (6, 3), (6, 4), (7, 3)):
        touched[y - 1 : y + 2, x - 1 : x + 2] = True
    np.testing.assert_allclose(covered, touched, atol=1e-6)
    assert covered[1, 8] == 0


def test_grad_cam_by_hand_and_between_the_centres():
    """Stride 2, window 2: centres at 0.5, 2.5, ... A map's weight is the mean of its gradient."""
    network = Network(parse("average(2) flatten dense(2,act=linear)"), (4, 4, 1))
    network.weights["dense1/kernel"].assign([[1, 3], [0, 0], [0, 0], [0, 1]])
    picture = np.zeros((4, 4, 1), np.float32)
    picture[:2, :2] = 0.5
    cam = attribution.grad_cam(network, picture, 1, "pool1")[..., 0]
    assert cam[0, 0] == pytest.approx(0.5 * (3 + 1) / 4)
    down = np.array([1, 0.75, 0.25, 0])  # Rows 0 to 3 between the centres 0.5 and 2.5.
    np.testing.assert_allclose(cam, 0.5 * np.outer(down, down), atol=1e-6)


def test_occlusion_by_hand(linear, image):
    network, weights = linear
    found = attribution.occlusion(network, image, 0, size=3, grey=0.25)
    contribution = ((image - 0.25) * weights[..., 0])[..., 0]
    padded = np.pad(contribution, 1)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3))
    assert found.shape == SHAPE
    np.testing.assert_allclose(found[..., 0], windows.sum(axis=(2, 3)), rtol=1e-3, atol=1e-5)


def test_occlusion_is_that_of_each_square_alone_in_calls_of_bounded_size():
    network = Network(parse("conv(2,3,act=tanh) flatten dense(3,act=linear)"), (30, 20, 3), seed=2)
    picture = np.random.default_rng(1).uniform(size=(30, 20, 3)).astype(np.float32)
    sizes = []

    class Counting(Network):
        def __call__(self, images):
            sizes.append(len(images))
            return network(images)

    found = attribution.occlusion(
        Counting(network.architecture, network.input_shape), picture, 2, size=5, grey=0.5
    )
    assert max(sizes) <= IMAGES_A_CALL < sum(sizes)
    whole = network(picture[np.newaxis])[0, 2].numpy()
    for y, x in ((0, 0), (16, 13), (24, 19), (25, 0), (29, 19)):  # Row 25 is the 501st square's.
        covered = picture.copy()
        covered[max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3] = 0.5
        fall = whole - network(covered[np.newaxis])[0, 2].numpy()
        assert found[y, x, 0] == pytest.approx(fall, rel=1e-4, abs=1e-5)


def test_what_does_not_fit_is_refused(linear, image):
    network, _ = linear
    for call, said in (
        (lambda: attribution.gradient(network, image[:5], 0), r"image: expected shape \[10, 10"),
        (
            lambda: attribution.gradient(network, 2 * image, 0),
            r"image: expected floats in \[0, 1\]",
        ),
        (lambda: attribution.gradient(network, image * np.nan, 0), "image: expected floats in"),
        (lambda: attribution.gradient(network, image, True), "target: expected a whole number"),
        (lambda: attribution.gradient(network, image, 3), "target: expected 0 to 2, found 3"),
        (
            lambda: attribution.gradient(network, np.int64(255 * image), 0),
            r"image: expected uint8 or floats in \[0, 1\], .*, found int64 \[10, 10, 1\]$",
        ),
        (
            lambda: attribution.integrated_gradients(network, image, 0, 0),
            "steps: expected a whole number from 1",
        ),
        (
            lambda: attribution.smooth_gradient(network, image, 0, -1),
            "deviation: expected a number from 0 to 100, found -1",
        ),
        (lambda: attribution.occlusion(network, image, 0, 4), "size: expected an odd"),
        (lambda: attribution.grad_cam(network, image, 0, "dense1"), "layer: expected a network"),
    ):
        with pytest.raises(InputError, match=f"^{said}"):
            call()


def test_grad_cam_reads_layers_with_maps_only(image):
    network = Network(parse("conv(2,3) max(2) flatten dense(2,act=linear)"), SHAPE)
    with pytest.raises(InputError, match=r"^layer: expected one of conv1, pool1, found 'dense1'$"):
        attribution.grad_cam(network, image, 0, "dense1")


PLACES_ONLY = {"grad_cam", "occlusion"}


def test_every_method_gives_one_shape_and_finds_the_only_pixel_that_counts():
    # The logit of class 1 is the red of one pixel, read by a 1 x 1 convolution and one weight.
    network = Network(parse("conv(2,1,act=linear) flatten dense(2,act=linear)"), (6, 5, 3))
    network.weights["conv1/kernel"].assign(np.float32([[[[2, 0], [0, 0], [0, 0]]]]))
    reader = np.zeros((6, 5, 2, 2), np.float32)
    reader[4, 1, 0, 1] = 1
    network.weights["dense1/kernel"].assign(reader.reshape(60, 2))
    picture = np.full((6, 5, 3), 0.5, np.float32)
    picture[4, 1] = 0.75
    found = attribution.attribute(network, picture, 1)
    assert list(found) == list(attribution.METHODS)
    for name, heat in found.items():
        assert heat.dtype == np.float32
        assert heat.shape == ((6, 5, 1) if name in PLACES_ONLY else (6, 5, 3))
        assert np.abs(heat.sum(axis=-1))[4, 1] == np.abs(heat.sum(axis=-1)).max() > 0
        if name not in PLACES_ONLY:
            assert np.argwhere(heat).tolist() == [[4, 1, 0]]


def test_only_the_methods_asked_for_with_the_layer_for_those_that_read_one(cross_detector):
    network, picture = cross_detector
    names = ["grad_cam", "gradient"]
    found = attribution.attribute(network, picture, 1, names, layer="conv1")
    assert list(found) == names
    alone = attribution.grad_cam(network, picture, 1, "conv1")
    np.testing.assert_array_equal(found["grad_cam"], alone)
    np.testing.assert_array_equal(attribution.grad_cam(network, picture, 1), alone)


def test_without_maps_what_reads_them_is_left_out_or_refused(linear, image):
    network, _ = linear
    found = attribution.attribute(network, image, 0)
    assert list(found) == [name for name in attribution.METHODS if name != "grad_cam"]
    for arguments, said in (
        ({"methods": ["grad_cam"]}, "layer: expected a network with maps, found None"),
        ({"layer": "dense1"}, "layer: expected a network with maps, found 'dense1'"),
        (
            {"methods": ["gradient"], "layer": "conv1"},
            "layer: expected none, since no method reads it, found 'conv1'",
        ),
        ({"methods": ["gradeint"]}, "methods: expected one of gradient, .*found 'gradeint'"),
    ):
        with pytest.raises(InputError, match=f"^{said}$"):
            attribution.attribute(network, image, 0, **arguments)
