"""Climbs of any number of images: chunk by chunk, each in one compiled call."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
import tqdm

from tfcnn.ascent import terms as kinds
from tfcnn.ascent.evaluation import CHUNK
from tfcnn.ascent.narrow import Narrowed
from tfcnn.ascent.recipe import Recipe
from tfcnn.ascent.steps import Scores, Steps
from tfcnn.ascent.terms import Sum
from tfcnn.model.reading import Subject
from tfcnn.typing import Bool, Float32


class Climber:
    """Climbs for one subject, one kind of objective and one recipe; compiled once."""

    def __init__(
        self,
        subject: Subject,
        terms: Sum,
        recipe: Recipe,
        region: Bool,
        narrow: str | None = None,
    ) -> None:
        """Nothing is compiled before the first call.

        Args:
          subject: Its variables are read anew at every call, and never changed.
          terms: ``Objective.terms`` of what is climbed.
          recipe: The choices of the climb.
          region: bool [height, width], the pixels that the objective can see. The others stay as
            they start.
          narrow: A layer, of which only the channels that are read are computed. The one direction
            is the channel's number then, float32 [count, 1].
        """
        self._subject, self._terms, self._recipe, self._narrow = subject, terms, recipe, narrow
        self.region = region
        images = tf.TensorSpec([CHUNK, *subject.input_shape], tf.float32)
        directed = [*kinds.directed(terms)]
        weights = [tf.TensorSpec([CHUNK, None], tf.float32) for _ in directed]
        every = [tf.TensorSpec([None, None], tf.float32) for _ in directed]
        self._climb_chunk = _compiled(self._climb, [images, weights])
        self._score_chunk = _compiled(self._score, [images, weights])
        self._scan_chunk = _compiled(self._scan, [images, every if narrow is None else weights])

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
        if self._narrow is None:
            return self._scan_for(candidates, list(directions))
        [channels] = directions
        groups = [channels[at : at + CHUNK] for at in range(0, len(channels), CHUNK)]
        filled = [np.resize(group, (CHUNK, 1)) for group in groups]
        tables = [self._scan_for(candidates, [group]) for group in filled]
        return np.concatenate(tables, axis=1)[:, : len(channels)]

    def _scan_for(self, candidates: Float32, directions: list[Float32]) -> Float32:
        parts = _in_chunks(lambda images, _: self._scan_chunk(images, directions), candidates, [])
        return np.concatenate(list(parts))

    def _steps(self, directions: list[tf.Tensor]) -> tuple[Steps, list[tf.Tensor]]:
        """What is computed, and the directions in the channels that it has."""
        activations = self._subject.activations
        if self._narrow is not None:
            channels = tf.cast(directions[0][:, 0], tf.int32)
            activations = Narrowed(self._subject, self._narrow, channels).activations
            directions = [tf.eye(CHUNK)]
        return Steps(activations, self._terms, self._recipe, self.region), directions

    def _climb(self, starts: tf.Tensor, directions: list[tf.Tensor]) -> tf.Tensor:
        steps, own = self._steps(directions)
        return steps.climb(starts, own)

    def _score(self, images: tf.Tensor, directions: list[tf.Tensor]) -> Scores:
        steps, own = self._steps(directions)
        return steps.score(images, own)

    def _scan(self, images: tf.Tensor, directions: list[tf.Tensor]) -> tf.Tensor:
        steps, own = self._steps(directions)
        return steps.value(images, own, every=True)


def _compiled(graph: Callable[..., Any], signature: list[Any]) -> Callable[..., Any]:
    # Nothing here needs AutoGraph, whose rewriting takes longer than the tracing itself.
    return tf.function(graph, input_signature=signature, autograph=False)


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
