"""Puts all of a run on one HTML page that any browser shows, without a network.

Example:
  python -m experiments.report --run_dir=runs/first
"""

import tfcnn
from experiments.command_line import program, run_flags

RUN = run_flags.RunFlag()


def main() -> program.Written:
    """Reads the flags and writes the page."""
    run = RUN.value  # Whose place for the page is tried before anything heavy is imported.
    return [tfcnn.report.write_report(run)]


if __name__ == "__main__":
    program.run(main)
