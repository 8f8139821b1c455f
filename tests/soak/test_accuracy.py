"""The accuracies that the documents promise, on the real digits."""

from __future__ import annotations

import numpy as np
import pytest

import tfcnn

pytestmark = pytest.mark.soak


def test_one_epoch_of_the_default_network_reaches_what_the_readme_says():
    data = tfcnn.data.load("mnist")
    accuracies = []
    for seed in range(5):
        network = tfcnn.model.Network(tfcnn.model.ZOO["simple"], (28, 28, 1), seed=seed)
        config = tfcnn.training.TrainConfig(epochs=1, seed=seed)
        history = tfcnn.training.train(network, data, config, progress=False)
        accuracies.append(history[-1].test_accuracy)
    print(f"test accuracy {np.mean(accuracies):.2%} +- {np.std(accuracies, ddof=1):.2%}")
    assert min(accuracies) >= 0.989
    assert np.mean(accuracies) >= 0.990
