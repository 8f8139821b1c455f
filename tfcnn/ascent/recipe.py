"""How a climb goes: a frozen set of choices, and the two that have a name."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

from tfcnn.errors import InputError


@dataclasses.dataclass(frozen=True)
class Recipe:
    """The choices of a climb.

    Attributes:
      steps: Number of gradient steps, at least 1. With ``shifts`` it is rounded up to whole rounds
        of five.
      first_step: Length of the first step, the L2 norm of the image's change, in grey levels of
        [0, 1]. With ``adam`` it is the rate.
      last_step: Length of the last; between them it shrinks by a constant factor.
      image: ``pixels`` climbs in the pixels, kept in [0, 1]; ``fourier`` in the coefficients of a
        spectrum that decays with 1/frequency, brought into [0, 1] by a sigmoid.
      optimizer: ``gradient`` (each step along the normalised gradient) or ``adam``.
      image_blur: Gaussian in pixels that makes the image from what is climbed, at the first and
        the last step. From wide to narrow, coarse shapes come first, detail later.
      gradient_blur: Gaussian in pixels over the gradient, at the first and the last step.
      objective_blur: Gaussian in pixels over the image before the network sees it.
      shifts: Whether the network sees the image in turn unshifted and moved by one pixel in the
        four directions, so that nothing is drawn which a pixel's shift would destroy.
      ink: Cost of brightness, as a share of the gradient: what does not help stays black.
      total_variation: Weight of the total variation, a cost of edges.
      energy: The greatest L2 distance of the image from mid-grey (0.5), over the pixels that the
        objective can see; None sets no bound.

    Raises:
      InputError: A choice is out of its range, or would do nothing beside another.
    """

    steps: int = 128
    first_step: float = 3.0
    last_step: float = 0.3
    image: str = "pixels"
    optimizer: str = "gradient"
    image_blur: tuple[float, float] | None = None
    gradient_blur: tuple[float, float] | None = None
    objective_blur: float = 0.0
    shifts: bool = False
    ink: float = 0.0
    total_variation: float = 0.0
    energy: float | None = None

    @property
    def seeks_robust_score(self) -> bool:
        """Whether the climb follows the robust score rather than the score."""
        return self.shifts or self.objective_blur > 0

    def __post_init__(self) -> None:
        if not 1 <= self.steps <= 100_000:
            raise InputError(f"steps: expected a number from 1 to 100000, found {self.steps}")
        if self.image not in ("pixels", "fourier"):
            raise InputError(f"image: expected pixels or fourier, found {self.image!r}")
        if self.optimizer not in ("gradient", "adam"):
            raise InputError(f"optimizer: expected gradient or adam, found {self.optimizer!r}")
        if not 0 < self.first_step < math.inf:
            raise InputError(f"first_step: expected a number above 0, found {self.first_step}")
        if not 0 < self.last_step <= self.first_step:
            raise InputError(
                f"last_step: expected above 0 and at most first_step={self.first_step}, "
                f"found {self.last_step}"
            )
        for name in ("objective_blur", "ink", "total_variation"):
            if not 0 <= getattr(self, name) < math.inf:
                raise InputError(f"{name}: expected a number from 0, found {getattr(self, name)}")
        for name in ("image_blur", "gradient_blur"):
            ends = getattr(self, name)
            if ends is not None and not 0 <= min(ends) <= max(ends) < math.inf:
                raise InputError(f"{name}: expected two numbers from 0, found {ends}")
        if self.energy is not None and not 0 < self.energy < math.inf:
            raise InputError(f"energy: expected a number above 0, found {self.energy}")
        for name in ("image_blur", "gradient_blur", "ink"):
            if self.image == "fourier" and getattr(self, name):
                raise InputError(f"{name}: expected only with image=pixels, found image=fourier")


RECIPES: Mapping[str, Recipe] = {
    # Draws what keeps its effect when it is blurred and moved a little: strokes, not noise.
    "robust": Recipe(
        image_blur=(1.2, 0.42),
        objective_blur=0.7,
        shifts=True,
        ink=0.05,
    ),
    # The source articles' method: the gradient alone.
    "plain": Recipe(steps=64),
}


def find_recipe(name: str) -> Recipe:
    """The recipe with this name.

    Raises:
      InputError: There is none.
    """
    if name not in RECIPES:
        raise InputError(f"recipe: expected {' or '.join(RECIPES)}, found {name!r}")
    return RECIPES[name]
