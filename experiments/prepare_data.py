"""Prepares a data set as tensorflow-datasets keeps it, from whatever source this machine reaches.

Any other program then finds it with tfds.load(NAME, data_dir=FOLDER). It takes about half a minute
and is not needed for the programs of this folder.

Example:
  python -m experiments.prepare_data --dataset=mnist --tfds_dir=$HOME/tensorflow_datasets
"""

from absl import flags

import tfcnn
from experiments.command_line import flag_types, program
from tfcnn.data.catalog import PUBLISHED
from tfcnn.shown_names import shown

DATASET = flags.DEFINE_enum("dataset", "mnist", list(PUBLISHED), "The data set to prepare.")
TFDS_DIR = flag_types.define_path(
    "tfds_dir",
    None,
    "The data_dir of tensorflow-datasets to write to; made if it is not there.",
    required=True,
)


def main() -> None:
    """Prepares the data set and says where it is."""
    tfcnn.runs.refuse_own_files("tfds_dir", TFDS_DIR.value)
    prepared = tfcnn.data.prepare(DATASET.value, TFDS_DIR.value)
    print(f"Prepared: {shown(str(prepared))}")


if __name__ == "__main__":
    program.run(main)
