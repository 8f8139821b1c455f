"""Puts all of a run on one HTML page that any browser shows, without a network.

Example:
  python -m experiments.report --run_dir=runs/first
"""

import tfcnn
from experiments.command_line import program, run_flags

RUN = run_flags.RunFlag()


def main() -> program.Written:
    """Reads the flags and writes the page."""
    return [tfcnn.report.write_report(RUN.value)]


if __name__ == "__main__":
    program.run(main)
