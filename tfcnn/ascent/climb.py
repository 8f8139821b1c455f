"""The climb: all steps for a chunk of images in one compiled call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import tensorflow as tf
import tqdm

from tfcnn.ascent import objectives
from tfcnn.ascent.objectives import Reduction
from tfcnn.ascent.parametrization import Fourier, Parametrization, Pixels
from tfcnn.ascent.recipe import Recipe
from tfcnn.ascent.scores import ROBUST_BLUR
from tfcnn.ascent.smoothing import SHIFTS, blur, shift
from tfcnn.ascent.stride import Moments, Stride
from tfcnn.ascent.subject import Subject

# Every call climbs this many images. A fixed size gives an image the same result, to the last
# bit, whether it climbs alone or with others; larger chunks leave the processor's cache.
CHUNK = 64


class Scores(NamedTuple):
    """Figures of finished images, float32 [batch] each.

    Attributes:
      score: The objective, on the image as it is.
      robust: The mean of the objective over ``SHIFTS`` of the blurred image.
      peak: The objective at the maximum position, in place of the mean or of another position.
    """

    score: npt.NDArray[np.float32]
    robust: npt.NDArray[np.float32]
    peak: npt.NDArray[np.float32]


class Climber:
    """Climbs for one subject, one kind of objective and one recipe; compiled once."""

    def __init__(
        self,
        subject: Subject,
        readings: tuple[tuple[str, Reduction], ...],
        recipe: Recipe,
        region: npt.NDArray[np.bool_],
    ) -> None:
        """Nothing is compiled before the first call.

        Args:
          subject: Its variables are read anew at every call, and never changed.
          readings: ``Objective.readings`` of what is climbed.
          recipe: The choices of the climb.
          region: bool [height, width], the pixels that the objective can see. The others stay as
            they start.
        """
        self._subject, self._readings, self._recipe = subject, readings, recipe
        self._shifts = SHIFTS if recipe.shifts else SHIFTS[:1]
        self.region = region
        self._visible = tf.constant(region[None, :, :, None])
        images = tf.TensorSpec([CHUNK, *subject.input_shape], tf.float32)
        weights = [tf.TensorSpec([CHUNK, None], tf.float32) for _ in readings]
        self._climb_chunk = _compiled(self._climb_graph, [images, weights])
        self._score_chunk = _compiled(self._score_graph, [images, weights])
        every = [tf.TensorSpec([None, None], tf.float32) for _ in readings]
        self._scan_chunk = _compiled(self._scan_graph, [images, every])

    def climb(
        self,
        starts: npt.NDArray[np.float32],
        directions: Sequence[npt.NDArray[np.float32]],
        progress: bool,
    ) -> npt.NDArray[np.float32]:
        """Climbs from every start.

        Args:
          starts: float32 [count, height, width, channels] in [0, 1].
          directions: For each reading, float32 [count, channels of its path].
          progress: Whether to show a progress bar.

        Returns:
          float32, the shape of ``starts``, in [0, 1]: for each the best image that the climb saw;
          with shifts the best of the first, the last, and the last of the best round of shifts.
        """
        images = []
        with tqdm.tqdm(
            total=len(starts), desc="climbing", unit=" images", leave=False, disable=not progress
        ) as bar:
            for part in _chunks(len(starts)):
                filled = _filled(starts[part], [weights[part] for weights in directions])
                images.append(self._climb_chunk(*filled).numpy()[: len(starts[part])])
                bar.update(len(images[-1]))
        return np.concatenate(images)

    def score(
        self, images: npt.NDArray[np.float32], directions: Sequence[npt.NDArray[np.float32]]
    ) -> Scores:
        """Scores every image; the arguments are those of ``climb``."""
        figures = []
        for part in _chunks(len(images)):
            filled = _filled(images[part], [weights[part] for weights in directions])
            figures.append([f.numpy()[: len(images[part])] for f in self._score_chunk(*filled)])
        return Scores(*(np.concatenate(column) for column in zip(*figures, strict=True)))

    def scan(
        self, candidates: npt.NDArray[np.float32], directions: Sequence[npt.NDArray[np.float32]]
    ) -> npt.NDArray[np.float32]:
        """Values every candidate by every objective.

        Args:
          candidates: float32 [count, height, width, channels].
          directions: For each reading, float32 [objectives, channels of its path].

        Returns:
          float32 [count, objectives].
        """
        values = []
        for part in _chunks(len(candidates)):
            images, _ = _filled(candidates[part], [])
            scanned = self._scan_chunk(images, list(directions)).numpy()
            values.append(scanned[: len(candidates[part])])
        return np.concatenate(values)

    def _value(self, images: tf.Tensor, directions: Sequence[tf.Tensor]) -> tf.Tensor:
        activations = self._subject.activations(images)
        return objectives.evaluate(self._readings, directions, activations)

    def _scan_graph(self, images: tf.Tensor, directions: list[tf.Tensor]) -> tf.Tensor:
        activations = self._subject.activations(images)
        return objectives.evaluate(self._readings, directions, activations, every=True)

    def _score_graph(self, images: tf.Tensor, directions: list[tf.Tensor]) -> Scores:
        robust = self._under_shifts(blur(images, ROBUST_BLUR), directions, SHIFTS)
        activations = self._subject.activations(images)
        peaks = [(path, by if by == "energy" else "max") for path, by in self._readings]
        return Scores(
            score=objectives.evaluate(self._readings, directions, activations),
            robust=tf.reduce_mean(robust, axis=0),
            peak=objectives.evaluate(peaks, directions, activations),
        )

    def _climb_graph(self, starts: tf.Tensor, directions: list[tf.Tensor]) -> tf.Tensor:
        shifts = tf.constant(self._shifts)
        steps = -(-self._recipe.steps // len(self._shifts)) * len(self._shifts)
        parametrization = _PARAMETRIZATIONS[self._recipe.image](starts, self._visible, self._recipe)
        stride = Stride(parametrization, self._recipe)
        point = parametrization.start()
        first = parametrization.image(point, tf.constant(0.0))

        def take_step(
            step: tf.Tensor, point: tf.Tensor, moments: Moments, best: _Best, total: tf.Tensor
        ) -> tuple[tf.Tensor, tf.Tensor, Moments, _Best, tf.Tensor]:
            done = tf.cast(step, tf.float32) / max(steps - 1, 1)
            turn = step % len(self._shifts)
            with tf.GradientTape() as tape:
                tape.watch(point)
                image = parametrization.image(point, done)
                aim = self._aim(image, directions, shifts[turn])
            gradient = tape.gradient(aim, point)
            point, moments = stride.take(point, gradient, moments, step, done)
            # The sum over a round of shifts decides: no image wins by one lucky position.
            total += aim
            round_ends = turn == len(self._shifts) - 1
            best = _better(best, tf.where(round_ends, total, -np.inf), image)
            return step + 1, point, moments, best, tf.where(round_ends, 0.0, total)

        nothing = tf.zeros([CHUNK])
        _, point, _, best, _ = tf.while_loop(
            lambda step, *_: step < steps,
            take_step,
            (tf.constant(0), point, stride.start(point), (nothing - np.inf, first), nothing),
        )
        # Between the shifts of a round the image moved on; now each is seen under all of them.
        last = parametrization.image(point, tf.constant(1.0))
        return self._best_of(tf.stack([first, best[1], last]), directions)

    def _best_of(self, contenders: tf.Tensor, directions: Sequence[tf.Tensor]) -> tf.Tensor:
        """For each place of the chunk the best of several images, the earlier of equal ones.

        Args:
          contenders: float32 [contenders, CHUNK, height, width, channels].
          directions: For each reading, float32 [CHUNK, channels of its path].
        """
        count = contenders.shape[0]
        images = tf.reshape(contenders, [-1, *contenders.shape[2:]])
        repeated = [tf.tile(weights, [count, 1]) for weights in directions]
        sigma, weight = self._recipe.objective_blur, self._recipe.total_variation
        seen = blur(images, sigma) if sigma else images
        values = tf.reduce_mean(self._under_shifts(seen, repeated, self._shifts), axis=0)
        values = values - weight * _total_variation(images) if weight else values
        winners = tf.argmax(tf.reshape(values, [count, -1]), axis=0)
        return tf.gather(tf.transpose(contenders, [1, 0, 2, 3, 4]), winners, batch_dims=1)

    def _under_shifts(
        self,
        images: tf.Tensor,
        directions: Sequence[tf.Tensor],
        shifts: Sequence[tuple[int, int]],
    ) -> tf.Tensor:
        """The objective under each shift, float32 [shifts, batch], in one pass."""
        seen = tf.concat([shift(images, by) for by in shifts], axis=0)
        repeated = [tf.tile(weights, [len(shifts), 1]) for weights in directions]
        return tf.reshape(self._value(seen, repeated), [len(shifts), -1])

    def _aim(
        self, images: tf.Tensor, directions: Sequence[tf.Tensor], by: tf.Tensor | tuple[int, int]
    ) -> tf.Tensor:
        """What is climbed, with the images shifted ``by`` (rows, columns), float32 [batch]."""
        sigma, weight = self._recipe.objective_blur, self._recipe.total_variation
        seen = blur(images, sigma) if sigma else images
        value = self._value(shift(seen, by) if len(self._shifts) > 1 else seen, directions)
        return value - weight * _total_variation(images) if weight else value


_Best: TypeAlias = tuple[tf.Tensor, tf.Tensor]
_PARAMETRIZATIONS: Mapping[str, type[Parametrization]] = {"pixels": Pixels, "fourier": Fourier}


def _compiled(graph: Callable[..., Any], signature: list[Any]) -> Callable[..., Any]:
    # Nothing here needs AutoGraph, whose rewriting takes longer than the tracing itself.
    return tf.function(graph, input_signature=signature, autograph=False)


def _better(best: _Best, values: tf.Tensor, images: tf.Tensor) -> _Best:
    """For each image of the batch the better of two, with its value."""
    better = values > best[0]
    return tf.where(better, values, best[0]), tf.where(better[:, None, None, None], images, best[1])


def _total_variation(images: tf.Tensor) -> tf.Tensor:
    """Mean absolute difference of neighbouring pixels, float32 [batch]."""
    return tf.image.total_variation(images) / float(np.prod(images.shape[1:]))


def _chunks(count: int) -> list[slice]:
    return [slice(first, first + CHUNK) for first in range(0, count, CHUNK)]


def _filled(
    images: npt.NDArray[np.float32], directions: Sequence[npt.NDArray[np.float32]]
) -> tuple[tf.Tensor, list[tf.Tensor]]:
    """Repeats the last image and its directions until the chunk is full."""
    rows = np.minimum(np.arange(CHUNK), len(images) - 1)
    return tf.constant(images[rows]), [tf.constant(weights[rows]) for weights in directions]
