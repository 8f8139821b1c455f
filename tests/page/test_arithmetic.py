"""What the page's script computes, compared with TensorFlow."""

from __future__ import annotations

import base64

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.errors import InputError
from tfcnn.model import ZOO, Network, parse
from tfcnn.model.layers import WORDS
from tfcnn.page.description import describe_network

# Every layer, and every option of each.
TEXTS = [
    "conv(4,3) max(2) conv(3,(3,2),stride=2,pad=same,act=selu) batchnorm(act=elu) "
    "average(2,stride=1,pad=same) flatten dropout(0.5) dense(7,act=tanh) dense(5,act=linear)",
    "conv(3,(2,3),pad=same,act=leaky_relu) max(3,stride=2,pad=same) conv(2,2,act=sigmoid) flatten "
    "dense(4,act=linear)",
    "conv(3,2,stride=(2,1),act=linear) depthwise((3,2),multiplier=2,stride=2,pad=same,act=elu) "
    "average((2,1)) globalaverage dense(3,act=linear)",
    "average((3,2),stride=(1,2),pad=same) conv(4,(5,1),act=tanh) max((2,3),stride=1) flatten",
]
COMPUTE = """({description, image, target}) => {
  const network = new module_network.Network(module_decode.decoded(description));
  const pixels = module_decode.floats(image);
  const values = [...network.values(pixels)].map(([path, value]) => [path, packed(value)]);
  const slope = module_attribution.gradient(network, pixels, target);
  return {values: Object.fromEntries(values), slope: packed(slope)};
}"""
REASONS = """({description, image, target}) => {
  const network = new module_network.Network(module_decode.decoded(description));
  const pixels = module_decode.floats(image);
  return {
    integrated: packed(module_attribution.integratedGradients(network, pixels, target)),
    occlusion: packed(module_attribution.occlusion(network, pixels, target)),
  };
}"""
ACTIVATIONS = ["linear", "relu", "leaky_relu", "elu", "selu", "tanh", "sigmoid"]


def with_any_values(network):
    """Values in all variables that differ from each other and from where they start."""
    generator = np.random.default_rng(3)
    for path, variable in {**network.state, **network.weights}.items():
        if path.endswith(("variance", "deviation", "scale")):
            variable.assign(generator.uniform(0.5, 2.0, variable.shape))
        elif not path.endswith("kernel"):
            variable.assign(generator.normal(0, 0.3, variable.shape))
    return network


def task(network, image):
    """What a script needs to compute for an image, of class 1."""
    text = base64.b64encode(image.tobytes()).decode("ascii")
    return {"description": describe_network(network), "image": text, "target": 1}


def assert_alike(found, network, image):
    """Each layer's values, and the slope of the logit of class 1, to 1e-4 of the largest."""
    pixels = tf.constant(image[np.newaxis])
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        expected = network.activations(pixels)
        logit = expected[network.layers[-1].name][0, 1]
    wanted = {path: value.numpy() for path, value in expected.items()}
    assert set(found["values"]) - {"input"} == set(wanted)
    slope = tape.gradient(logit, pixels).numpy()
    pairs = [(path, found["values"][path], value) for path, value in wanted.items()]
    for path, mine, theirs in [*pairs, ("slope", found["slope"], slope)]:
        worst = np.abs(mine - theirs.ravel()).max()
        assert worst <= 1e-4 * np.abs(theirs).max(), f"{network.architecture}: {path}"


@pytest.mark.parametrize("text", [*TEXTS, *ZOO])
def test_values_and_gradients_are_those_of_tensorflow(run_script, text):
    shape = (28, 28, 1) if text in ZOO else (13, 11, 3)
    network = with_any_values(Network(ZOO.get(text) or parse(text), shape, seed=1))
    image = np.random.default_rng(0).random(shape, np.float32)
    assert_alike(run_script("worker", COMPUTE, task(network, image)), network, image)


def one_of(generator, choices):
    return choices[generator.integers(len(choices))]


def window(generator):
    """A size, a step and a padding, as text; the step may be left out."""
    size = one_of(generator, ["1", "2", "3", "(2,3)", "(3,1)", "(1,4)"])
    step = one_of(generator, ["", ",stride=1", ",stride=2", ",stride=(2,1)", ",stride=(1,3)"])
    return size, step + one_of(generator, ["", ",pad=same", ",pad=valid"])


def layer_text(generator):
    act = one_of(generator, ["", *(f",act={name}" for name in ACTIVATIONS)])
    size, how = window(generator)
    kind = one_of(generator, ["conv", "conv", "depthwise", "max", "average", "batchnorm", "drop"])
    if kind == "conv":
        return f"conv({generator.integers(1, 7)},{size}{how}{act})"
    if kind == "depthwise":
        how = how.replace("(2,1)", "2").replace("(1,3)", "1")
        return f"depthwise({size},multiplier={generator.integers(1, 4)}{how}{act})"
    if kind == "batchnorm":
        epsilon = one_of(generator, ["", "epsilon=0.1,"])
        return f"batchnorm({epsilon}{act[1:] or 'act=linear'})"
    return "dropout(0.3)" if kind == "drop" else f"{kind}({size}{how})"


def random_text(generator):
    maps = [layer_text(generator) for _ in range(generator.integers(0, 5))]
    flat = one_of(generator, ["flatten", "flatten", "globalaverage"])
    acts = [one_of(generator, ACTIVATIONS) for _ in range(generator.integers(0, 3))]
    units = [f"dense({generator.integers(2, 9)},act={act})" for act in acts]
    return " ".join([*maps, flat, *units, "dense(4,act=linear)"])


def test_fifty_random_architectures_compute_as_in_tensorflow(run_script):
    generator = np.random.default_rng(2026)
    networks = []
    while len(networks) < 50:
        shape = (*generator.integers(6, 14, 2).tolist(), one_of(generator, [1, 3]))
        try:
            networks.append(Network(parse(random_text(generator)), shape, seed=len(networks)))
        except InputError:  # It does not fit on the image.
            continue
    kinds = {placed.layer.word for network in networks for placed in network.layers}
    assert kinds == set(WORDS)
    images = [generator.random(network.input_shape, np.float32) for network in networks]
    tasks = [task(with_any_values(one), image) for one, image in zip(networks, images, strict=True)]
    found = run_script("worker", f"(tasks) => tasks.map({COMPUTE})", tasks)
    for mine, network, image in zip(found, networks, images, strict=True):
        assert_alike(mine, network, image)


@pytest.mark.parametrize("text", TEXTS)
def test_shares_add_up_and_a_covered_patch_is_missed(run_script, text):
    shape = (13, 11, 3)
    network = with_any_values(Network(parse(text), shape, seed=1))
    image = np.random.default_rng(0).random(shape, np.float32)
    maps = run_script("worker", REASONS, task(network, image))
    logit, black = (
        float(network(pixels[np.newaxis])[0, 1]) for pixels in (image, np.zeros_like(image))
    )
    # The shares of integrated gradients add up to the logit's rise from the black image.
    total = maps["integrated"].sum(dtype=np.float64)
    assert total == pytest.approx(logit - black, abs=0.02 * max(abs(logit - black), 1))
    covered = image.copy()
    covered[4:9, 3:8] = 0  # 5 x 5 pixels around row 6, column 5.
    fall = logit - float(network(covered[np.newaxis])[0, 1])
    assert maps["occlusion"][6 * 11 + 5] == pytest.approx(fall, abs=1e-4)


def test_two_hundred_digits_get_the_same_class(run_script, known_digits, sample):
    images = np.concatenate([sample.test.images[:100], sample.train.images[:100]])
    assert len(images) == 200
    found = run_script(
        "worker",
        """({description, images}) => {
          const network = new module_network.Network(module_decode.decoded(description));
          const levels = module_decode.bytes(images);
          return Array.from({length: levels.length / 784}, (_, n) => {
            const some = levels.subarray(784 * n, 784 * n + 784);
            const image = Float32Array.from(some, (level) => level / 255);
            const logits = network.logits(image);
            return logits.indexOf(Math.max(...logits));
          });
        }""",
        {
            "description": describe_network(known_digits),
            "images": base64.b64encode(images.tobytes()).decode("ascii"),
        },
    )
    logits = known_digits(images / np.float32(255)).numpy()
    assert found == logits.argmax(axis=1).tolist()
