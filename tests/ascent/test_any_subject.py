"""Any TensorFlow callable can be climbed: here a Keras model."""

from __future__ import annotations

import keras
import numpy as np

from tfcnn.ascent import gather_evidence, maximize


class KerasSubject:
    def __init__(self, model, layers):
        self.input_shape = model.input_shape[1:]
        self._names = layers
        self._model = keras.Model(model.inputs, [model.get_layer(n).output for n in layers])

    def activations(self, images):
        return dict(zip(self._names, self._model(images), strict=True))


def test_keras_model_gives_the_pattern_of_the_same_weights(random_network):
    network = random_network("conv(4,3) max(2) conv(5,3,act=linear)", (12, 12, 1), 3)
    model = keras.Sequential(
        [
            keras.Input((12, 12, 1)),
            keras.layers.Conv2D(4, 3, activation="relu", name="conv1"),
            keras.layers.MaxPooling2D(2, name="pool1"),
            keras.layers.Conv2D(5, 3, name="conv2"),
        ]
    )
    for name in ("conv1", "conv2"):
        parts = [network.weights[f"{name}/{part}"].numpy() for part in ("kernel", "bias")]
        model.get_layer(name).set_weights(parts)
    subject = KerasSubject(model, ["conv1", "conv2"])
    images = np.random.default_rng(0).integers(0, 256, (20, 12, 12, 1), np.uint8)
    ours, theirs = (
        maximize(
            any_subject,
            "conv2",
            [1, 4],
            recipe="plain",
            steps=40,
            evidence=gather_evidence(
                any_subject, "conv2", images, np.zeros(20, np.int32), progress=False
            ),
            progress=False,
        )
        for any_subject in (network, subject)
    )
    np.testing.assert_allclose(theirs.images, ours.images, atol=1e-3)
    np.testing.assert_allclose(theirs.scores, ours.scores, rtol=1e-4)
    np.testing.assert_allclose(theirs.evidence.scores, ours.evidence.scores, rtol=1e-4, atol=1e-5)
    assert theirs.verdicts == ours.verdicts
