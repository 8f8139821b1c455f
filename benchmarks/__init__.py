"""Measurements side by side with peers. They are run by hand and assert nothing about time."""

import tfcnn  # noqa: F401  Before any of them imports TensorFlow: it switches oneDNN on.
