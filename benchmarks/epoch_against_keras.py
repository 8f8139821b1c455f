"""One epoch of the default network on MNIST: tfcnn and Keras `fit`, in turn, each in its process.

    python -m benchmarks.epoch_against_keras --rounds=3

Both start from scratch in every round, train two epochs at batch 64 in float32, and the second
epoch counts, so that nobody's compilation does. Keras runs as installed.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time

from absl import app, flags

PEERS = ("tfcnn", "keras")
ROUNDS = flags.DEFINE_integer("rounds", 3, "How often each takes its turn.", lower_bound=1)
CHILD = flags.DEFINE_enum("child", None, PEERS, "Used by the program itself.")

BATCH_SIZE = 64


def tfcnn_epoch() -> dict[str, float]:
    import tfcnn

    data = tfcnn.data.load("mnist")
    network = tfcnn.model.Network(tfcnn.model.ZOO["simple"], (28, 28, 1))
    config = tfcnn.training.TrainConfig(epochs=2, batch_size=BATCH_SIZE)
    history = tfcnn.training.train(network, data, config, progress=False)
    return {"seconds": history[1].seconds, "accuracy": history[1].test_accuracy}


def keras_epoch() -> dict[str, float]:
    # Before tfcnn, which switches oneDNN on: Keras is to run as a user has it.
    import keras
    from keras import layers

    import tfcnn

    data = tfcnn.data.load("mnist")
    images, test_images = (part.images / 255.0 for part in (data.train, data.test))
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
    model.fit(images, data.train.labels, batch_size=BATCH_SIZE, verbose=0)
    start = time.perf_counter()
    model.fit(images, data.train.labels, batch_size=BATCH_SIZE, verbose=0)
    seconds = time.perf_counter() - start
    accuracy = model.evaluate(test_images, data.test.labels, batch_size=500, verbose=0)[1]
    return {"seconds": seconds, "accuracy": accuracy}


def in_turn() -> None:
    results: dict[str, list[dict[str, float]]] = {peer: [] for peer in PEERS}
    for number in range(ROUNDS.value):
        for peer in PEERS:
            command = [sys.executable, "-m", "benchmarks.epoch_against_keras", f"--child={peer}"]
            done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
            result = json.loads(done.stdout.splitlines()[-1])
            results[peer].append(result)
            print(f"round {number + 1}  {peer:6}  {result['seconds']:6.2f} s", flush=True)
    medians = {}
    for peer, rounds in results.items():
        seconds = [result["seconds"] for result in rounds]
        medians[peer] = statistics.median(seconds)
        accuracies = ", ".join(f"{result['accuracy']:.2%}" for result in rounds)
        print(
            f"{peer:6}  median {medians[peer]:.2f} s  from {min(seconds):.2f} to "
            f"{max(seconds):.2f}  test accuracy {accuracies}"
        )
    print(f"keras / tfcnn = {medians['keras'] / medians['tfcnn']:.2f}")


def main(_: list[str]) -> None:
    if CHILD.value is None:
        in_turn()
    else:
        print(json.dumps({"tfcnn": tfcnn_epoch, "keras": keras_epoch}[CHILD.value]()))


if __name__ == "__main__":
    app.run(main)
