"""The accuracies that docs/performance.md promises, on the real images: about 40 minutes."""

from __future__ import annotations

import numpy as np
import pytest

import tfcnn

pytestmark = pytest.mark.soak

AUGMENTED = {"shift": 2.0, "rotation": 10.0, "scaling": 0.1}


def accuracies(arch, seeds, dataset="mnist", **choices):
    data = tfcnn.data.load(dataset)
    found = []
    for seed in range(seeds):
        network = tfcnn.model.Network(tfcnn.model.ZOO[arch], (28, 28, 1), seed=seed)
        config = tfcnn.training.TrainConfig(seed=seed, **choices)
        history = tfcnn.training.train(network, data, config, progress=False)
        found.append(history[-1].test_accuracy)
    print(f"test accuracy {np.mean(found):.2%}, {min(found):.2%} to {max(found):.2%}")
    return found


def test_one_epoch_of_the_default_network_reaches_what_the_readme_says():
    found = accuracies("simple", seeds=5, epochs=1)
    assert min(found) >= 0.989
    assert np.mean(found) >= 0.990


@pytest.mark.parametrize(
    ("least", "choices"),
    [
        (0.9935, {"seeds": 3, "epochs": 5}),
        (0.9945, {"seeds": 5, "epochs": 10, "l2": 0.0005, "learning_rate": 0.15}),
        (0.996, {"seeds": 3, "epochs": 30, "l2": 0.0003, **AUGMENTED}),
        (0.92, {"seeds": 3, "dataset": "fashion_mnist", "epochs": 15, "l2": 0.0002, "shift": 1.0}),
    ],
)
def test_longer_trainings_of_the_default_network(least, choices):
    assert np.mean(accuracies("simple", **choices)) >= least


@pytest.mark.parametrize(
    ("least", "choices"),
    [
        (0.997, {"epochs": 25, "l2": 0.0002, "learning_rate": 0.05, **AUGMENTED}),
    ],
)
def test_the_largest_network_of_the_zoo(least, choices):
    assert accuracies("vgg", seeds=1, **choices)[0] >= least
