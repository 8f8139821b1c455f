r"""Makes a run from weights that another program trained, for all programs that look into runs.

The file is what people have: PyTorch's .pth or .pt, Keras's .keras, .weights.h5 or .h5, safetensors
or npz. Its tensors are found by order and shape, and each is printed with the path that it goes to;
where that is not certain, the program says so and --map tells. The accuracy on the test images
tells whether all fits: with a wrong order it is near chance.

Example:
  python -m experiments.import_weights --weights=net.pth --arch=simple \
      --mean=0.1307 --deviation=0.3081 --run_dir=runs/foreign
"""

import pathlib
from collections.abc import Sequence

from absl import flags

import tfcnn
from experiments.command_line import flag_types, program
from tfcnn.errors import wrong

WEIGHTS = flag_types.define_path(
    "weights",
    None,
    "The file: .pth, .pt (with PyTorch installed), .keras, .h5, .safetensors or .npz.",
    required=True,
)
ARCHITECTURE = flag_types.define_architecture("The network that they belong to: one")
NAME_MAP = flag_types.define_path(
    "map",
    "",
    "A file .json with an object of names in the file and paths of ours, or such pairs between "
    "commas: 0.weight=conv1/kernel,0.bias=conv1/bias. One tensor of a layer is enough; what it "
    "leaves out goes by our path, or else by order and shape.",
)
LAYOUT = flags.DEFINE_enum(
    "layout",
    "auto",
    ["auto", *tfcnn.exchange.LAYOUTS],
    "Whose order of axes the file has; auto finds it by the kind of file, names and shapes.",
)
MEAN = flag_types.define_numbers(
    "mean",
    None,
    "What the network wants taken off a pixel in [0, 1]: one number, or one a channel. Default: "
    "the file's input/mean, or 0.",
)
DEVIATION = flag_types.define_numbers(
    "deviation",
    None,
    "What it wants that divided by. Default: the file's input/deviation, or 1.",
    at_least=1e-6,
)
DATASET = flags.DEFINE_string(
    "dataset",
    "mnist",
    "The data set whose images the network reads, as experiments.train takes it.",
)
RUN_DIR = flag_types.define_path(
    "run_dir", None, "The folder to write to; it may not hold a run.", required=True
)


def main() -> Sequence[pathlib.Path]:
    """Reads the flags, imports, measures and writes."""
    tfcnn.model.find(ARCHITECTURE.value)  # A mistake in it is told before the data are loaded.
    tfcnn.runs.refuse_own_files("run_dir", RUN_DIR.value)
    name_map = tfcnn.exchange.read_name_map(NAME_MAP.value)
    data = tfcnn.data.load(DATASET.value)
    architecture = tfcnn.model.find(ARCHITECTURE.value, data.num_classes)
    input_shape = data.test.images.shape[1:]
    output_shape = architecture.place(input_shape)[-1].output_shape
    if output_shape != (data.num_classes,):
        raise wrong("architecture", f"{data.num_classes} logits", output_shape)
    imported = tfcnn.exchange.import_weights(
        WEIGHTS.value,
        architecture,
        input_shape,
        name_map,
        layout=LAYOUT.value,
        mean=MEAN.value,
        deviation=DEVIATION.value,
    )
    network = imported.network
    print(f"layout: {imported.layout}")
    for path in imported.found:
        print(f"{imported.names[path]!r} -> {path}")
    for name in imported.unused:
        print(f"not used: {name!r}")
    for path in imported.zeros:
        print(f"not in the file, so zeros: {path}")
    names = {name: path for path, name in imported.names.items()}
    origin = {"weights": WEIGHTS.value, "layout": imported.layout, "map": names}
    run = tfcnn.runs.save_as_run(RUN_DIR.value, network, data, origin)
    evaluate = tfcnn.training.compile_evaluate(network)
    print(f"test accuracy: {evaluate(data.test.images, data.test.labels).accuracy:.2%}")
    return run.weights, run.config


if __name__ == "__main__":
    program.run(main)
