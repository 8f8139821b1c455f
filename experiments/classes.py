"""Shows how a layer answers to each class, and where the classes become separable.

Beside the mean pattern of each class: the images of different classes that look most alike to the
layer, and what a linear probe and nearest neighbours make of every layer's values.

Example:
  python -m experiments.classes --run_dir=runs/first
"""

import numpy as np
from absl import flags

import tfcnn
from experiments.command_line import flag_types, program, run_flags
from tfcnn.errors import wrong

RUN = run_flags.RunFlag()
LAYER = flags.DEFINE_string(
    "layer", None, "The layer whose patterns are shown. Default: the last one with maps."
)
PROBE_IMAGES = flag_types.define_integer(
    "probe_images", 4000, "Training images that the probes of each layer learn from.", at_least=100
)
CONFUSIONS = 5
MISTAKES = 2


def main() -> program.Written:
    """Reads the flags, measures, prints and draws."""
    network = RUN.value.network()
    data = RUN.value.data()
    layer = LAYER.value or next(reversed(network.layers_with_maps), None)
    if not layer:
        known = ", ".join(placed.name for placed in network.layers)
        raise wrong("layer", f"one of {known}, since none has maps", "none")
    test = data.test
    found = tfcnn.inspection.class_patterns(network, layer, test.images, test.labels)
    logits = tfcnn.model.all_activations(network, network.layers[-1].name, test.images)
    counts = tfcnn.inspection.confusions(logits, test.labels)
    mistakes = tfcnn.inspection.most_confused(counts, CONFUSIONS)
    if not mistakes:
        print("no test image is taken for one of another class")
    for right, said in mistakes:
        alike = tfcnn.report.rounded_or_dash(found.similarities[right, said], "+.2f")
        print(
            f"{counts[right, said]} of class {data.class_names[right]} taken for "
            f"{data.class_names[said]}; their mean patterns: {alike}"
        )
    first, second = found.most_alike()
    print(f"most alike across classes: test images {first} and {second}")
    layers = [placed.name for placed in network.layers if placed.name != "flatten"]
    splits = data.train.sample(PROBE_IMAGES.value), test
    seen, unseen = ((split.images, split.labels) for split in splits)
    probes = tfcnn.inspection.probe_layers(network, layers, seen, unseen)
    table = tfcnn.report.probe_table(probes)
    print(table.to_text())
    print(f"the network itself: {np.mean(logits.argmax(axis=1) == test.labels):.2%}")
    name, probed = layer.replace("/", "_"), flag_types.named_choices([PROBE_IMAGES])
    files = f"class_patterns_{name}.png", f"lookalikes_{name}.png", f"probes{probed}.csv"
    written = [RUN.value.plots / file for file in files]
    tfcnn.report.draw_class_patterns(found, data.class_names, written[0])
    mistaken = tfcnn.inspection.mistaken_pairs(network, layer, test.images, test.labels, MISTAKES)
    pairs = np.concatenate([[found.most_alike()], mistaken])
    tfcnn.report.draw_lookalikes(network, data, pairs, written[1])
    table.write_csv(written[2])
    return written


if __name__ == "__main__":
    program.run(main)
