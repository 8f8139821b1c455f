"""One peer's gradient ascent on the filters of conv3. Runs in the peers' own environment.

    python benchmarks/peers/ascent.py xplique|tf-keras-vis WEIGHTS.safetensors IMAGES.npy

Writes float32 [64, 28, 28, 1] in [0, 1] and prints the seconds of the climb, without imports. Both
peers climb the mean linear output of each filter's map, as tfcnn does.
"""

from __future__ import annotations

import sys
import time

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from safetensors.numpy import load_file

FILTERS = list(range(64))


def build(weights_file: str) -> keras.Model:
    tensors = load_file(weights_file)
    mean, deviation = tensors["input/mean"][0], tensors["input/deviation"][0]
    model = keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Rescaling(1 / deviation, -mean / deviation),
            layers.Conv2D(32, 3, activation="relu", name="conv1"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu", name="conv2"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, name="conv3"),
        ]
    )
    for name in ("conv1", "conv2", "conv3"):
        model.get_layer(name).set_weights([tensors[f"{name}/kernel"], tensors[f"{name}/bias"]])
    return model


def climb_xplique(model: keras.Model) -> np.ndarray:
    from xplique.features_visualizations import Objective, optimize

    # The best of the settings tried: normalizer clip or sigmoid, start deviation 0.01 or 0.5.
    # Without custom_shape=None it climbs images of 512 x 512.
    images, _ = optimize(
        Objective.channel(model, "conv3", FILTERS),
        optimizer=keras.optimizers.Adam(0.05),
        nb_steps=256,
        use_fft=False,
        image_normalizer="sigmoid",
        values_range=(0, 1),
        transformations=None,
        custom_shape=None,
        std=0.01,
    )
    return images[-1].numpy()


def climb_tf_keras_vis(model: keras.Model) -> np.ndarray:
    from tf_keras_vis.activation_maximization import ActivationMaximization
    from tf_keras_vis.utils.scores import CategoricalScore

    climber = ActivationMaximization(model, clone=False)
    starts = tf.random.uniform((len(FILTERS), 28, 28, 1), 0.0, 1.0)
    score = CategoricalScore(FILTERS)
    return np.asarray(climber(score, seed_input=starts, input_range=(0.0, 1.0), steps=200))


def main() -> None:
    peer, weights_file, images_file = sys.argv[1:]
    model = build(weights_file)
    keras.utils.set_random_seed(0)
    climb = {"xplique": climb_xplique, "tf-keras-vis": climb_tf_keras_vis}[peer]
    start = time.perf_counter()
    images = climb(model)
    print(time.perf_counter() - start)
    np.save(images_file, np.clip(images.reshape(-1, 28, 28, 1), 0, 1).astype(np.float32))


if __name__ == "__main__":
    main()
