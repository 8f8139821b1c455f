"""What real images do to the same objectives: one pass over the data serves all."""

import dataclasses
import functools
from collections.abc import Iterable, Mapping

import numpy as np
import tensorflow as tf

from tfcnn.ascent.arguments import array, flag, images_of, layer_of, subject_of, whole
from tfcnn.ascent.reductions import REDUCTIONS, WHOLE_MAP, Reduction
from tfcnn.errors import wrong
from tfcnn.model.finite import check_finite
from tfcnn.model.reading import (
    IMAGES_A_CALL,
    Subject,
    linear_path,
    read_in_batches,
    shapes_of,
)
from tfcnn.pixels import as_floats
from tfcnn.showing import Tabular
from tfcnn.typing import Array, Float32, Float64, Int32, Int64, UInt8

PATCHES = 9


@dataclasses.dataclass(frozen=True, repr=False)
class Evidence(Tabular):
    """How real images excite the filters (channels, units) of one layer.

    Every array's last axis, or only axis, is the filter. A filter *fires* on an image if its
    linear output is above 0 anywhere on its map.

    Attributes:
      layer: The layer's name.
      reduced: Reduction -> float32 [images, filters], the linear outputs' maps reduced by every
        signed entry of ``REDUCTIONS`` that reads whole maps.
      high_frequency_share: The images' own mean share of fine structure, to compare patterns with.
      class_means: float64 [classes, filters], mean over a class's images of the mean activation;
        NaN for a class without images.
      patch_images: int64 [PATCHES, filters], the images with the largest linear outputs, best
        first, each image at most once.
      patch_positions: int64 [PATCHES, filters, 2], the (row, column) of the map where.
      patch_values: float32 [PATCHES, filters], the linear output there.
    """

    layer: str
    reduced: Mapping[str, Float32]
    high_frequency_share: float
    class_means: Float64
    patch_images: Int64
    patch_positions: Int64
    patch_values: Float32

    def in_short(self) -> str:
        """The layer, and how many of its filters fire on how many images."""
        images, filters = self.peaks.shape
        fire = np.count_nonzero(self.firing_share)
        return f"{self.layer}, {images:,} real images; {fire} of {filters} filters fire"

    @property
    def scores(self) -> Float32:
        """float32 [images, filters], each image's score: the mean linear output of the map."""
        return self.reduced["mean"]

    @property
    def peaks(self) -> Float32:
        """float32 [images, filters], the largest linear output anywhere on the map."""
        return self.reduced["max"]

    # Both are read filter by filter, and each pass over the peaks reads megabytes.
    @functools.cached_property
    def firing_share(self) -> Float64:
        """float64 [filters], the share of the images on which the filter fires."""
        return (self.peaks > 0).mean(axis=0)

    @functools.cached_property
    def best_linear(self) -> Float32:
        """float32 [filters], the largest linear output anywhere on any map."""
        return self.peaks.max(axis=0)

    def scores_by(self, reduction: Reduction) -> Float32:
        """float32 [images, filters], what a pattern with this reduction has to beat.

        The same of the whole map; for a single position the best one of the map.
        """
        return self.reduced.get(str(reduction), self.peaks)


def gather_evidence(
    subject: Subject,
    layer: str,
    images: UInt8 | Float32,
    labels: Int32,
    progress: bool = True,
    num_classes: int | None = None,
) -> Evidence:
    """What real images do to the filters of a layer, in one pass over them.

    >>> architecture = tfcnn.model.parse("conv(4,5) max(4) flatten dense(10,act=linear)")
    >>> network = tfcnn.model.Network(architecture, (28, 28, 1))
    >>> evidence = tfcnn.ascent.gather_evidence(
    ...     network, "conv1", data.train.images, data.train.labels, progress=False
    ... )
    >>> evidence.scores.shape == (len(data.train.images), 4)
    True

    Args:
      subject: The network.
      layer: A layer's name, such as ``conv3``.
      images: uint8 [count, height, width, channels], or floats in [0, 1].
      labels: Whole numbers [count], from 0, one for each image.
      progress: Whether to show a progress bar.
      num_classes: How many classes there are, of which some may have no image. None takes as many
        as the labels tell.

    Raises:
      InputError: An argument does not fit the network, or what the layer gives is not finite.
    """
    shape = subject_of(subject).input_shape
    images = images_of("images", images, shape)
    images = images if images.dtype == np.uint8 else images.astype(np.float32)
    numbers, classes = _labels(labels, len(images), num_classes)
    path = linear_path(layer_of(layer), shapes_of(subject))
    told = "real images" if flag("progress", progress) else ""
    read_one = functools.partial(_read, layer, path)
    read, best = _gathered(read_in_batches(subject, read_one, images, told), len(images))
    # A maximum may leave NaN out; a mean never does.
    check_finite(read["mean"], f"{layer}: mean activations of the images")
    members = numbers[:, None] == np.arange(classes)  # [images, classes]
    counts = members.sum(axis=0)
    return Evidence(
        layer=layer,
        reduced={name: read[name] for name in WHOLE_MAP},
        high_frequency_share=_mean_high_frequency_share(images),
        class_means=(members.T.astype(np.float64) @ read["activated"])
        / np.where(counts, counts, np.nan)[:, None],
        patch_images=best["image"],
        patch_positions=np.stack([best["row"], best["column"]], axis=-1),
        patch_values=best["max"],
    )


def _gathered(
    batches: Iterable[dict[str, Array]], count: int
) -> tuple[dict[str, Array], dict[str, Array]]:
    """What is kept of all images, and of the best ``PATCHES`` for each filter.

    No more is in memory at once, so that a wide layer's positions do not fill it.
    """
    read: dict[str, Array] = {}
    best: dict[str, Array] = {}
    done = 0
    for batch in batches:
        size, filters = batch["max"].shape
        for name in (*WHOLE_MAP, "activated"):
            if not done:
                read[name] = np.empty((count, filters), np.float32)
            read[name][done : done + size] = batch[name]
        batch["image"] = np.broadcast_to(np.arange(done, done + size)[:, None], (size, filters))
        names = ("image", "row", "column", "max")
        tried = {n: np.concatenate([best[n], batch[n]]) if best else batch[n] for n in names}
        order = np.argsort(-tried["max"], axis=0, kind="stable")[:PATCHES]
        best = {name: np.take_along_axis(tried[name], order, axis=0) for name in names}
        done += size
    return read, best


def _labels(labels: Int32, images: int, num_classes: int | None) -> tuple[Int64, int]:
    """The labels, and how many classes there are."""
    expected = f"whole numbers from 0, one for each of {images} images"
    found = array("labels", labels, 1, expected)
    if found.dtype.kind not in "iu" or len(found) != images or found.min() < 0:
        raise wrong("labels", expected, f"{found.dtype} {found.shape} from {found.min()}")
    least = int(found.max()) + 1
    return found, least if num_classes is None else whole("num_classes", num_classes, least)


def _read(layer: str, path: str, activations: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """What is kept of each image, [batch, filters] each."""
    linear, activated = (
        value[:, None, None, :] if len(value.shape) == 2 else value
        for value in (activations[path], activations[layer])
    )
    _, height, width, filters = linear.shape
    place = tf.argmax(tf.reshape(linear, [-1, height * width, filters]), axis=1)
    reduced = {name: REDUCTIONS[name].pool(linear) for name in WHOLE_MAP}
    return reduced | {
        "row": place // width,
        "column": place % width,
        "activated": REDUCTIONS["mean"].pool(activated),
    }


def high_frequency_share(images: Float32) -> Float64:
    """Share of the spectral energy above half the Nyquist frequency.

    The mean is taken off first; the energy is that of the discrete Fourier transform, and a
    frequency counts by its distance from 0, above 0.25 periods a pixel. Near 0 for smooth
    images, near 0.8 for white noise.

    Args:
      images: float32 [batch, height, width, channels].

    Returns:
      float64 [batch], from 0 to 1; 0 for an image of one grey level.
    """
    height, width = images.shape[1:3]
    varying = images - images.mean(axis=(1, 2), keepdims=True, dtype=np.float64)
    energy = np.square(np.abs(np.fft.fft2(varying, axes=(1, 2)))).sum(axis=3)
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None, :])
    total = energy.sum(axis=(1, 2))
    high = energy[:, frequency > 0.25].sum(axis=1)
    return np.divide(high, total, out=np.zeros_like(total), where=total > 1e-12)


def _mean_high_frequency_share(images: UInt8 | Float32) -> float:
    total = 0.0
    for start in range(0, len(images), IMAGES_A_CALL):
        part = as_floats(images[start : start + IMAGES_A_CALL])
        total += float(high_frequency_share(part).sum())
    return total / len(images)
