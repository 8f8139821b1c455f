from __future__ import annotations

import numpy as np
import pytest

from tfcnn.inspection import mistaken_pairs
from tfcnn.model import Network, parse


@pytest.fixture
def copier():
    """Its maps are the pixels, and its logits too."""
    network = Network(parse("conv(3,1) flatten dense(3,act=linear)"), (1, 1, 3))
    network.weights["conv1/kernel"].assign(np.eye(3).reshape(1, 1, 3, 3))
    network.weights["dense1/kernel"].assign(np.eye(3))
    return network


def test_the_surest_mistake_comes_first_beside_its_lookalike(copier):
    pixels = [
        [9, 0, 0],  # 0: rightly class 0.
        [9, 5, 0],  # 1: rightly class 0, and the one most like image 4.
        [0, 9, 0],  # 2: rightly class 1.
        [1, 3, 2],  # 3: of class 2, called 1 by a margin of 1.
        [8, 4, 1],  # 4: of class 2, called 0 by a margin of 7.
        [3, 9, 6],  # 5: of class 0, called 1; like image 3, but itself a mistake, by 6.
    ]
    images = np.array(pixels, np.uint8).reshape(6, 1, 1, 3)
    labels = np.array([0, 0, 1, 2, 2, 0], np.int32)
    found = mistaken_pairs(copier, "conv1", images, labels, 9)
    assert found.tolist() == [[4, 1], [5, 2], [3, 2]]
    assert mistaken_pairs(copier, "conv1", images, labels, 1).tolist() == [[4, 1]]
    assert mistaken_pairs(copier, "conv1", images[:3], labels[:3], 9).shape == (0, 2)
