"""The climb: all steps for a chunk of images in one compiled call."""

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import tensorflow as tf
import tqdm

from tfcnn.ascent import terms as kinds
from tfcnn.ascent.evaluation import CHUNK, evaluate
from tfcnn.ascent.recipe import Recipe
from tfcnn.ascent.smoothing import SHIFTS, blur, shift
from tfcnn.ascent.terms import Sum
from tfcnn.model.reading import Subject
from tfcnn.typing import Bool, Float32

# Blur of the robust score, in pixels: the width over which a pen's stroke fades.
ROBUST_BLUR = 0.7
_TINY = 1e-8
_Best: TypeAlias = tuple[tf.Tensor, tf.Tensor]  # The value [batch] and the image of the best.


class Scores(NamedTuple):
    """Figures of finished images, float32 [batch] each.

    Attributes:
      score: The objective, on the image as it is.
      robust: The mean of the objective over ``SHIFTS`` of the blurred image.
      peak: The objective at the maximum position, in place of the mean or of another position.
    """

    score: Float32
    robust: Float32
    peak: Float32


class Climber:
    """Climbs for one subject, one kind of objective and one recipe; compiled once."""

    def __init__(self, subject: Subject, terms: Sum, recipe: Recipe, region: Bool) -> None:
        """Nothing is compiled before the first call.

        Args:
          subject: Its variables are read anew at every call, and never changed.
          terms: ``Objective.terms`` of what is climbed.
          recipe: The choices of the climb.
          region: bool [height, width], the pixels that the objective can see. The others stay as
            they start.
        """
        self._subject, self._terms, self._recipe = subject, terms, recipe
        self._shifts = SHIFTS if recipe.shifts else SHIFTS[:1]
        self.region = region
        self._visible = tf.constant(region[None, :, :, None])  # [1, height, width, 1]
        images = tf.TensorSpec([CHUNK, *subject.input_shape], tf.float32)
        directed = [*kinds.directed(terms)]
        weights = [tf.TensorSpec([CHUNK, None], tf.float32) for _ in directed]
        every = [tf.TensorSpec([None, None], tf.float32) for _ in directed]
        self._climb_chunk = _compiled(self._climb_graph, [images, weights])
        self._score_chunk = _compiled(self._score_graph, [images, weights])
        self._scan_chunk = _compiled(functools.partial(self._value, every=True), [images, every])

    def climb(
        self, starts: Float32, directions: Sequence[Float32], progress: bool, together: int = 1
    ) -> Float32:
        """The images at the ends of the climbs from every start.

        Args:
          starts: float32 [count, height, width, channels] in [0, 1].
          directions: For each term that has one, float32 [count, channels of its path].
          progress: Whether to show a progress bar.
          together: So many in a row have to climb at the same time, at most ``CHUNK``.

        Returns:
          float32, the shape of ``starts``, in [0, 1]: for each the best image that the climb saw;
          with shifts the best of the first, the last, and the last of the best round of shifts.
        """
        told = "climbing" if progress else ""
        parts = _in_chunks(self._climb_chunk, starts, directions, together, told)
        return np.concatenate(list(parts))

    def score(self, images: Float32, directions: Sequence[Float32], together: int = 1) -> Scores:
        """The figures of every image; the arguments are those of ``climb``."""
        figures = _in_chunks(self._score_chunk, images, directions, together)
        return Scores(*(np.concatenate(column) for column in zip(*figures, strict=True)))

    def scan(self, candidates: Float32, directions: Sequence[Float32]) -> Float32:
        """The value of every candidate by every objective.

        Args:
          candidates: float32 [count, height, width, channels].
          directions: For each term that has one, float32 [objectives, channels of its path].

        Returns:
          float32 [count, objectives], or [count, 1] where all objectives are one.
        """
        everything = list(directions)
        parts = _in_chunks(lambda images, _: self._scan_chunk(images, everything), candidates, [])
        return np.concatenate(list(parts))

    def _value(
        self, images: tf.Tensor, directions: Sequence[tf.Tensor], every: bool = False
    ) -> tf.Tensor:
        activations = self._subject.activations(images)
        return evaluate(self._terms, directions, activations, images, every)

    def _score_graph(self, images: tf.Tensor, directions: list[tf.Tensor]) -> Scores:
        activations = self._subject.activations(images)
        peaks = kinds.at_maximum(self._terms)
        return Scores(
            score=evaluate(self._terms, directions, activations, images),
            robust=self._under_shifts(images, directions, SHIFTS, ROBUST_BLUR),
            peak=evaluate(peaks, directions, activations, images),
        )

    def _climb_graph(self, starts: tf.Tensor, directions: list[tf.Tensor]) -> tf.Tensor:
        shifts = tf.constant(self._shifts)
        steps = -(-self._recipe.steps // len(self._shifts)) * len(self._shifts)
        first = self._image(starts, starts, tf.constant(0.0))

        def take_step(
            step: tf.Tensor, pixels: tf.Tensor, best: _Best, total: tf.Tensor
        ) -> tuple[tf.Tensor, tf.Tensor, _Best, tf.Tensor]:
            done = tf.cast(step, tf.float32) / max(steps - 1, 1)
            turn = step % len(self._shifts)
            with tf.GradientTape() as tape:
                tape.watch(pixels)
                image = self._image(pixels, starts, done)
                seen = _blurred(image, self._recipe.objective_blur)
                seen = shift(seen, shifts[turn]) if len(self._shifts) > 1 else seen
                value = self._value(seen, directions)
            pixels = self._next(pixels, tape.gradient(value, pixels), done)
            # One step sees one of the five shifts. The sum over a round of them decides, so that
            # no image is kept for one lucky position.
            total += value
            round_ends = turn == len(self._shifts) - 1
            best = _better(best, tf.where(round_ends, total, -np.inf), image)
            return step + 1, pixels, best, tf.where(round_ends, 0.0, total)

        nothing = tf.zeros([CHUNK])
        _, pixels, best, _ = tf.while_loop(
            lambda step, *_: step < steps,
            take_step,
            (tf.constant(0), starts, (nothing - np.inf, first), nothing),
        )
        # Between the shifts of a round the image moved on, so its sum is not the value of any one
        # image: now the contenders, the start among them, are each seen under all shifts.
        last = self._image(pixels, starts, tf.constant(1.0))
        return self._best_of(tf.stack([first, best[1], last]), directions)

    def _image(self, pixels: tf.Tensor, starts: tf.Tensor, done: tf.Tensor) -> tf.Tensor:
        """The images of what is climbed: blurred less and less, as they start where unseen.

        Args:
          pixels: float32 [CHUNK, height, width, channels] in [0, 1], what the steps move.
          starts: Its shape.
          done: float32 scalar, how much of the climb is done, from 0 to 1.
        """
        if self._recipe.image_blur is not None:
            widest, narrowest = self._recipe.image_blur
            pixels = blur(pixels, widest + (narrowest - widest) * done)
        return tf.where(self._visible, pixels, starts)

    def _next(self, pixels: tf.Tensor, gradient: tf.Tensor, done: tf.Tensor) -> tf.Tensor:
        """One step of normalised gradient ascent, projected onto [0, 1].

        ``p <- clip(p + size * (g / |g| - ink * b))`` with ``g`` the gradient of each image less
        what would push a pixel out of [0, 1], ``b`` the direction of brightness, of length 1 and
        the same for all pixels that can be seen, and
        ``size = first_step * (last_step / first_step) ** done``. As the gradient is normalised a
        filter of small values is climbed no slower than one of large ones.

        Args:
          pixels: float32 [CHUNK, height, width, channels].
          gradient: Its shape; an image without any gradient stays where it is, and so does
            a pixel whose own is not finite.
          done: float32 scalar, how much of the climb is done, from 0 to 1.
        """
        recipe = self._recipe
        if recipe.gradient_blur:
            gradient = blur(gradient, recipe.gradient_blur)
        outward = ((pixels <= 0) & (gradient < 0)) | ((pixels >= 1) & (gradient > 0))
        gradient = tf.where(outward, 0.0, gradient)
        gradient = tf.where(tf.math.is_finite(gradient), gradient, 0.0)
        norm = tf.sqrt(tf.reduce_sum(tf.square(gradient), [1, 2, 3], keepdims=True))
        ascent = gradient / (norm + _TINY)
        if recipe.ink:
            seen = tf.cast(self._visible, tf.float32) * tf.ones_like(pixels[:1])
            ascent -= tf.where(norm > 0, recipe.ink, 0.0) * (seen / tf.norm(seen))
        size = recipe.first_step * (recipe.last_step / recipe.first_step) ** done
        return tf.clip_by_value(pixels + size * ascent, 0.0, 1.0)

    def _best_of(self, contenders: tf.Tensor, directions: Sequence[tf.Tensor]) -> tf.Tensor:
        """For each place of the chunk the best of several images, the earlier of equal ones.

        Args:
          contenders: float32 [contenders, CHUNK, height, width, channels].
          directions: For each term, float32 [CHUNK, channels of its path].
        """
        count = contenders.shape[0]
        images = tf.reshape(contenders, [-1, *contenders.shape[2:]])
        repeated = [tf.tile(weights, [count, 1]) for weights in directions]
        values = self._under_shifts(images, repeated, self._shifts, self._recipe.objective_blur)
        values = tf.where(tf.math.is_nan(values), -np.inf, values)
        winners = tf.argmax(tf.reshape(values, [count, -1]), axis=0)
        return tf.gather(tf.transpose(contenders, [1, 0, 2, 3, 4]), winners, batch_dims=1)

    def _under_shifts(
        self,
        images: tf.Tensor,
        directions: Sequence[tf.Tensor],
        shifts: Sequence[tuple[int, int]],
        sigma: float,
    ) -> tf.Tensor:
        """The mean of the objective over shifts of the blurred images, float32 [batch]."""
        blurred = _blurred(images, sigma)
        seen = tf.concat([shift(blurred, by) for by in shifts], axis=0)
        repeated = [tf.tile(weights, [len(shifts), 1]) for weights in directions]
        values = self._value(seen, repeated)
        return tf.reduce_mean(tf.reshape(values, [len(shifts), -1]), axis=0)


def _compiled(graph: Callable[..., Any], signature: list[Any]) -> Callable[..., Any]:
    # Nothing here needs AutoGraph, whose rewriting takes longer than the tracing itself.
    return tf.function(graph, input_signature=signature, autograph=False)


def _blurred(images: tf.Tensor, sigma: float) -> tf.Tensor:
    return blur(images, sigma) if sigma else images


def _better(best: _Best, values: tf.Tensor, images: tf.Tensor) -> _Best:
    """For each image of the batch the better of two, with its value."""
    better = values > best[0]
    return tf.where(better, values, best[0]), tf.where(better[:, None, None, None], images, best[1])


def _in_chunks(
    compiled: Callable[..., Any],
    images: Float32,
    directions: Sequence[Float32],
    together: int = 1,
    told: str = "",
) -> Iterator[Any]:
    """What a compiled function gives for the images of one chunk after the other.

    A chunk is filled up with its last image, for which no objective is asked, and cut again. So
    many images in a row stay ``together``. What is ``told`` stands before a progress bar.
    """
    step = CHUNK - CHUNK % together
    starts = range(0, len(images), step)
    for first in tqdm.tqdm(starts, told, unit=" chunks", leave=False, disable=not told):
        count = min(step, len(images) - first)
        rows = first + np.minimum(np.arange(CHUNK), count - 1)
        asked = (np.arange(CHUNK) < count)[:, None].astype(np.float32)
        found = compiled(
            tf.constant(images[rows]), [tf.constant(each[rows] * asked) for each in directions]
        )
        yield tf.nest.map_structure(lambda value, count=count: value.numpy()[:count], found)
