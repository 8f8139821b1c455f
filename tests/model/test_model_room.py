from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

import tfcnn


def test_the_arithmetic_needs_no_tensorflow():
    program = (
        "import sys, tfcnn\n"
        "model = tfcnn.model\n"
        "model.geometry(model.find('simple'), (28, 28, 1))\n"
        "heavy = {'tensorflow', 'numpy', 'safetensors'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    root = pathlib.Path(tfcnn.__file__).parents[1]
    subprocess.run([sys.executable, "-c", program], check=True, cwd=root)


def test_the_room_offers_its_public_names():
    for name in tfcnn.model.__all__:
        assert getattr(tfcnn.model, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = tfcnn.model.nothing
