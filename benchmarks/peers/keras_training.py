"""Two epochs of the default network by Keras `fit`; the second one is timed.

    python benchmarks/peers/keras_training.py DIGITS.npz BATCH_SIZE [FOLDER]

Prints a JSON object with seconds, accuracy and version. oneDNN is as the environment has it. In the
folder it leaves the network, in the ways in which people keep one, and its logits of the test
images.
"""

from __future__ import annotations

import json
import pathlib
import sys
import time

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def main() -> None:
    digits, batch_size = np.load(sys.argv[1]), int(sys.argv[2])
    images, labels = digits["images"], digits["labels"]
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(100, activation="relu"),
            layers.Dense(10),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.SGD(0.05, momentum=0.9),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(images, labels, batch_size=batch_size, verbose=0)
    start = time.perf_counter()
    model.fit(images, labels, batch_size=batch_size, verbose=0)
    seconds = time.perf_counter() - start
    test = (digits["test_images"], digits["test_labels"])
    accuracy = model.evaluate(*test, batch_size=500, verbose=0)[1]
    for folder in map(pathlib.Path, sys.argv[3:]):
        model.save(folder / "net.keras")
        model.save(folder / "net.h5")
        model.save_weights(folder / "net.weights.h5")
        np.savez(folder / "net.npz", *model.get_weights())
        np.save(folder / "logits.npy", model.predict(test[0], batch_size=500, verbose=0))
    version = f"Keras {keras.__version__}, TensorFlow {tf.__version__}"
    print(json.dumps({"seconds": seconds, "accuracy": accuracy, "version": version}))


if __name__ == "__main__":
    main()
