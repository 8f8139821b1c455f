"""The flags of a training, one for each field of ``TrainConfig``."""

from __future__ import annotations

import dataclasses
import typing
from typing import Any

from absl import flags

from experiments.command_line import flag_types
from tfcnn.training.config import TrainConfig

flags.disclaim_key_flags()


def define() -> None:
    """Defines the flags; their defaults and help texts are the fields' own."""
    types = typing.get_type_hints(TrainConfig)
    for field in dataclasses.fields(TrainConfig):
        kinds = typing.get_args(types[field.name]) or (types[field.name],)
        default: Any = field.default
        about = field.metadata["help"]
        if bool in kinds:
            flags.DEFINE_boolean(field.name, default, about)
        elif float in kinds:
            flag_types.define_number(field.name, default, about)
        elif int in kinds:
            flag_types.define_integer(field.name, default, about)
        else:
            flags.DEFINE_string(field.name, default, about)


def read() -> TrainConfig:
    """The choices on the command line.

    Raises:
      InputError: A value is out of its range, or has no meaning beside the others.
    """
    names = [field.name for field in dataclasses.fields(TrainConfig)]
    values: dict[str, Any] = {name: flags.FLAGS[name].value for name in names}
    return TrainConfig(**values)
