from __future__ import annotations

import subprocess
import sys

import pytest

import tfcnn


def test_every_public_name_is_there():
    for name in tfcnn.training.__all__:
        assert getattr(tfcnn.training, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        tfcnn.training.trian  # noqa: B018


def test_a_function_keeps_its_name_beside_the_module_it_stands_in():
    from tfcnn.training import train

    assert callable(train)
    assert tfcnn.training.train is train


def test_choices_are_checked_without_tensorflow():
    program = (
        "import sys; from tfcnn.training import TrainConfig; TrainConfig(); "
        "sys.exit('tensorflow' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
