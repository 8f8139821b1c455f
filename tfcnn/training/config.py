"""The choices of a training, checked when they are made."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from tfcnn.errors import InputError, check_choice
from tfcnn.training.ranges import ABOVE_0, FRACTION, FROM_0, Range, whole_from
from tfcnn.training.schedules import SCHEDULES, Schedule, make_schedule, parameters_of, with_warmup

Field: TypeAlias = "dataclasses.Field[Any]"


class OptimizerEntry(NamedTuple):
    """What a training has to know of an optimizer.

    Attributes:
      name: Of its class, as ``pkgutil.resolve_name`` reads it: this file imports no TensorFlow.
      learning_rate: The default.
      options: The fields of ``TrainConfig`` that the class takes.
    """

    name: str
    learning_rate: float
    options: tuple[str, ...] = ()


OPTIMIZERS = {
    "momentum": OptimizerEntry(
        "tfcnn.training.optimizers:Momentum", 0.08, ("momentum", "nesterov")
    ),
    "rmsprop": OptimizerEntry("tfcnn.training.optimizers:RMSprop", 0.001),
    "adam": OptimizerEntry("tfcnn.training.optimizers:Adam", 0.001),
}
# Name -> the type of the layers' arithmetic.
PRECISIONS = {"float32": "float32", "mixed_bfloat16": "bfloat16", "mixed_float16": "float16"}


def _field(
    default: Any, about: str, allowed: Range | Mapping[str, Any] | type[bool], if_used: Any = None
) -> Any:
    """A field of ``TrainConfig``.

    Args:
      default: The value; None for one that depends on other fields.
      about: What it is, with ``{}`` where ``allowed`` is to be told.
      allowed: The values that it may have; a table allows its names.
      if_used: For an option of some optimizers or schedules only: the default with those.
    """
    facts = {"about": about, "allowed": allowed, "if_used": if_used}
    return dataclasses.field(default=default, metadata=facts)


@dataclasses.dataclass(frozen=True)
class TrainConfig:
    """The choices of a training; ``describe`` tells about each field.

    A field that is None takes the default that fits the optimizer or the schedule; where it has
    no meaning it stays None, and a value given there is refused.

    Example:
      >>> config = tfcnn.training.TrainConfig(epochs=2, schedule="polynomial", power=2.0)
      >>> config.learning_rate, config.end_learning_rate, config.decay_rate
      (0.08, 0.0, None)
      >>> rate = config.schedule_function(steps_per_epoch=50)
      >>> [rate(step) for step in (0, 19, 20, 60)]
      [0.004, 0.08, 0.08, 0.02]
      >>> tfcnn.training.TrainConfig(warmup=1)
      Traceback (most recent call last):
      tfcnn.errors.InputError: warmup: expected a number from 0 to below 1, found 1

    Raises:
      InputError: A value is out of its range, or has no meaning beside the others.
    """

    epochs: int = _field(
        5, "Passes over the training images, {}; 0 keeps the start weights.", whole_from(0)
    )
    batch_size: int = _field(
        64, "Images a step, {} to the number of training images.", whole_from(1)
    )
    optimizer: str = _field("momentum", "How a gradient changes the weights: {}.", OPTIMIZERS)
    learning_rate: float | None = _field(None, "Peak of the schedule, {}.", ABOVE_0)
    momentum: float | None = _field(
        None, "Fraction of the velocity kept from step to step, {}.", FRACTION, 0.9
    )
    nesterov: bool | None = _field(None, "Whether it looks ahead.", bool, True)
    schedule: str = _field("cosine", "How the learning rate falls: {}.", SCHEDULES)
    warmup: float = _field(
        0.2, "Fraction of all steps in which the rate first rises, {}.", FRACTION
    )
    decay_rate: float | None = _field(
        None, "Factor of a fall, {}.", Range(0, 1, without_low=True), 0.5
    )
    decay_epochs: float | None = _field(None, "Time scale in epochs, {}.", ABOVE_0, 1.0)
    power: float | None = _field(None, "Exponent, {}.", ABOVE_0, 1.0)
    end_learning_rate: float | None = _field(
        None, "The rate that it comes down to, {}.", FROM_0, 0.0
    )
    l2: float = _field(7e-4, "L2 coefficient of every kernel, {}; biases have none.", FROM_0)
    clip_norm: float = _field(
        3.0, "Shortens a gradient whose global norm is above this, {}; 0 never does.", FROM_0
    )
    shift: float = _field(
        0.0, "Augmentation: shifts each image by up to so many pixels, {}.", FROM_0
    )
    rotation: float = _field(
        0.0, "Augmentation: turns each image by up to so many degrees, {}.", Range(0, 180)
    )
    scaling: float = _field(
        0.0, "Augmentation: scales each image by up to this fraction, {}.", FRACTION
    )
    precision: str = _field(
        "float32",
        "Arithmetic of the layers: {}. The mixed ones are for processors that have them; weights "
        "stay float32.",
        PRECISIONS,
    )
    jit: bool = _field(
        False, "Whether XLA compiles the step; good on a GPU, slow on a processor.", bool
    )
    validation_size: int = _field(
        0, "Training images held out to choose by, {}; the test images never are.", whole_from(0)
    )
    seed: int = _field(
        0,
        "Seed of the start weights, the batch order, augmentation and dropout, {}.",
        whole_from(0),
    )

    def __post_init__(self) -> None:
        fields = dataclasses.fields(self)
        for field in fields:
            # The way into a frozen dataclass.
            object.__setattr__(self, field.name, _plain(getattr(self, field.name)))
        for field in fields:
            if isinstance(field.metadata["allowed"], Mapping):
                check_choice(field.name, getattr(self, field.name), field.metadata["allowed"])
        for field in fields:
            self._fill_in(field)
            self._check(field)

    def schedule_function(self, steps_per_epoch: int) -> Schedule:
        """The learning rate as a function of the step, counted from 0."""
        total = max(self.epochs, 1) * steps_per_epoch  # Of no epoch nobody asks for a rate.
        warmup = min(round(self.warmup * total), total - 1)
        values = dataclasses.asdict(self) | {
            "total_steps": total - warmup,
            "decay_steps": (self.decay_epochs or 0) * steps_per_epoch,
        }
        return with_warmup(make_schedule(self.schedule, values), warmup)

    def _fill_in(self, field: Field) -> None:
        """Gives a field that is None its value, if it has a meaning; refuses a value if not."""
        name, default = field.name, field.metadata["if_used"]
        kind, users = _users(field)
        if name == "learning_rate":
            default = OPTIMIZERS[self.optimizer].learning_rate
        elif kind and getattr(self, kind) not in users:
            default = None
            unused = f"nothing, since {kind}={getattr(self, kind)} does not use it"
            self._expect(getattr(self, name) is None, name, unused)
        if getattr(self, name) is None:
            object.__setattr__(self, name, default)

    def _check(self, field: Field) -> None:
        name, value, allowed = field.name, getattr(self, field.name), field.metadata["allowed"]
        if value is None and field.metadata["if_used"] is not None:
            return
        if isinstance(allowed, Range):
            self._expect(value in allowed, name, allowed.expected(value))
        elif allowed is bool:
            self._expect(isinstance(value, bool), name, "true or false")

    def _expect(self, condition: bool, name: str, expected: str) -> None:
        if not condition:
            raise InputError(f"{name}: expected {expected}, found {getattr(self, name)!r}")


def _plain(value: Any) -> Any:
    """Python's own number or truth value where NumPy's was given; this file imports no NumPy."""
    is_one_of_numpys = hasattr(value, "item") and getattr(value, "shape", None) == ()
    return value.item() if is_one_of_numpys else value


def describe(field: Field) -> str:
    """What a field of ``TrainConfig`` is: what it belongs to, its range and its default."""
    allowed, default = field.metadata["allowed"], field.metadata["if_used"]
    told = ", ".join(allowed) if isinstance(allowed, Mapping) else str(allowed)
    text = field.metadata["about"].format(told)
    kind, users = _users(field)
    if kind:
        text = f"With {kind} {' or '.join(users)}: {text[0].lower()}{text[1:]}"
        text += f" Default: {str(default).lower() if allowed is bool else f'{default:g}'}."
    if field.name == "learning_rate":
        rates = [f"{entry.learning_rate:g} with {name}" for name, entry in OPTIMIZERS.items()]
        text += f" Default: {', '.join(rates)}."
    return text


def _users(field: Field) -> tuple[str, list[str]]:
    """Of an option: ``optimizer`` or ``schedule``, and which of them take it; else nothing."""
    if field.metadata["if_used"] is None:
        return "", []
    optimizers = [name for name, entry in OPTIMIZERS.items() if field.name in entry.options]
    if optimizers:
        return "optimizer", optimizers
    parameter = field.name.replace("_epochs", "_steps")
    return "schedule", [name for name in SCHEDULES if parameter in parameters_of(name)]
