"""Deep dreams: what a network reads into an image of one's own."""

import numpy as np

from tfcnn.ascent.arguments import float_images, subject_of, whole
from tfcnn.ascent.climbs import climb_objectives, score_images
from tfcnn.ascent.objectives import Objective
from tfcnn.ascent.recipe import Recipe
from tfcnn.model.reading import Subject
from tfcnn.typing import Float32

# Short steps of one length, smoothed: the image changes where the network already sees something.
GENTLE = Recipe(steps=10, first_step=0.25, last_step=0.25, gradient_blur=0.8)


def dream(
    subject: Subject,
    objective: Objective,
    image: Float32,
    frames: int = 8,
    recipe: str | Recipe = GENTLE,
) -> tuple[Float32, Float32]:
    """What an image turns into while an objective is climbed from it.

    Source of the idea: Mordvintsev, Olah and Tyka, "Inceptionism", 2015.

    Args:
      subject: A network.
      objective: What to read into the image, such as ``objectives.layer("conv3")``.
      image: Floats in [0, 1] or uint8, [height, width, channels].
      frames: How many times the recipe is climbed, each from the last frame.
      recipe: The climb between two frames.

    Returns:
      The images, float32 [frames + 1, height, width, channels], the given one first; and the
      objective on each, float32 [frames + 1].

    Raises:
      InputError: An argument does not fit the network.
    """
    [first] = float_images("image", [image], subject_of(subject).input_shape)
    images = [first]
    for _ in range(whole("frames", frames)):
        climbs = climb_objectives(
            subject, [objective], recipe=recipe, starts=images[-1][None, None], progress=False
        )
        images.append(climbs.images[0, 0])
    return np.stack(images), score_images(subject, objective, np.stack(images)).score
