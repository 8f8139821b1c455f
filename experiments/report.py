"""Puts all of a run on one HTML page that any browser shows, without a network.

Example:
  python -m experiments.report --run_dir=runs/first
"""

from __future__ import annotations

from absl import flags

import tfcnn
from experiments.command_line import program

RUN_DIR = flags.DEFINE_string("run_dir", None, "The folder of a finished run.", required=True)


def main() -> None:
    """Reads the flags, writes the page and says where it is."""
    print(f"written: {tfcnn.report.write_report(RUN_DIR.value)}")


if __name__ == "__main__":
    program.run(main)
