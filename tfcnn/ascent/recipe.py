"""How a climb goes: a frozen set of choices, and the two that have a name."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from tfcnn.ascent.arguments import flag, real, shortened, text, whole
from tfcnn.errors import InputError, check_choice, wrong


@dataclasses.dataclass(frozen=True)
class Recipe:
    """The choices of a climb.

    Attributes:
      steps: Number of gradient steps, at least 1. With ``shifts`` it is rounded up to whole rounds
        of five.
      first_step: Size of the first step, the L2 norm of the image's change, in grey levels of
        [0, 1].
      last_step: Size of the last; between them it shrinks by a constant factor.
      image_blur: Gaussian in pixels that makes the image from what is climbed, at the first and
        the last step. From wide to narrow, coarse shapes come first, detail later.
      gradient_blur: Gaussian in pixels over the gradient.
      objective_blur: Gaussian in pixels over the image before the network sees it.
      shifts: Whether the network sees the image in turn unshifted and moved by one pixel in the
        four directions, so that nothing is drawn which a pixel's shift would destroy.
      ink: Cost of brightness, as a part of the gradient: what does not help stays black.

    Raises:
      InputError: A choice is out of its range.
    """

    steps: int = 128
    first_step: float = 3.0
    last_step: float = 0.3
    image_blur: tuple[float, float] | None = None
    gradient_blur: float = 0.0
    objective_blur: float = 0.0
    shifts: bool = False
    ink: float = 0.0

    @property
    def seeks_robust_score(self) -> bool:
        """Whether the climb follows the robust score rather than the score."""
        return self.shifts or self.objective_blur > 0

    def __post_init__(self) -> None:
        self._check_types()
        if not 1 <= self.steps <= 100_000:
            raise InputError(f"steps: expected a number from 1 to 100000, found {self.steps}")
        if self.first_step <= 0:
            raise InputError(f"first_step: expected a number above 0, found {self.first_step}")
        if not 0 < self.last_step <= self.first_step:
            raise InputError(
                f"last_step: expected above 0 and at most first_step={self.first_step}, "
                f"found {self.last_step}"
            )
        for name in ("gradient_blur", "objective_blur", "ink"):
            if getattr(self, name) < 0:
                raise InputError(f"{name}: expected a number from 0, found {getattr(self, name)}")
        ends = self.image_blur
        if ends is not None and min(ends) < 0:
            raise InputError(f"image_blur: expected two numbers from 0, found {ends}")

    def _check_types(self) -> None:
        """NumPy's numbers become Python's, so that equal recipes are one."""
        numbers = ("first_step", "last_step", "gradient_blur", "objective_blur", "ink")
        checked: dict[str, Any] = {name: real(name, getattr(self, name)) for name in numbers}
        ends = self.image_blur
        if ends is not None:
            if not isinstance(ends, tuple | list) or len(ends) != 2:
                raise wrong("image_blur", "two numbers from 0", shortened(ends))
            checked["image_blur"] = tuple(real("image_blur", end) for end in ends)
        checked["steps"] = whole("steps", self.steps, None)
        checked["shifts"] = flag("shifts", self.shifts)
        for name, value in checked.items():
            object.__setattr__(self, name, value)


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


def find_recipe(recipe: str | Recipe) -> Recipe:
    """The recipe with this name, or the recipe itself.

    Raises:
      InputError: There is none.
    """
    if isinstance(recipe, Recipe):
        return recipe
    check_choice("recipe", text("recipe", recipe, "a recipe or its name"), RECIPES)
    return RECIPES[recipe]
