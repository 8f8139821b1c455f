"""Measurements side by side with peers. They are run by hand and assert nothing about time."""

from experiments.command_line.quiet_tensorflow import quiet_tensorflow

# Both before any of them imports TensorFlow: the second one switches oneDNN on.
quiet_tensorflow()
import tfcnn  # noqa: E402, F401
