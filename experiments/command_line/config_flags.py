"""The flags of a training, one for each field of ``TrainConfig``."""

import dataclasses
from typing import Any

from absl import flags

from experiments.command_line import flag_types
from tfcnn.training.config import TrainConfig, describe
from tfcnn.training.ranges import Range

flags.disclaim_key_flags()


def define() -> None:
    """Defines the flags; their defaults and help texts are the fields' own."""
    for field in dataclasses.fields(TrainConfig):
        allowed: Any = field.metadata["allowed"]
        define_flag: Any = flags.DEFINE_string
        if allowed is bool:
            define_flag = flags.DEFINE_boolean
        elif isinstance(allowed, Range):
            define_flag = flag_types.define_integer if allowed.whole else flag_types.define_number
        define_flag(field.name, field.default, describe(field))


def read() -> TrainConfig:
    """The choices on the command line.

    Raises:
      InputError: A value is out of its range, or has no meaning beside the others.
    """
    names = [field.name for field in dataclasses.fields(TrainConfig)]
    values: dict[str, Any] = {name: flags.FLAGS[name].value for name in names}
    return TrainConfig(**values)
