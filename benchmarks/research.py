"""Runs the examples of docs/research.md as they stand, and tells what they found.

    python -m benchmarks.research --seeds=3

For each example the mean and the standard deviation over the seeds of every figure, as the page
quotes them. Figures go to `runs/bench`.
"""

from __future__ import annotations

import pathlib
import re
import statistics
from collections.abc import Mapping
from typing import Any

from absl import app, flags

import tfcnn
from benchmarks import measuring

PAGE = pathlib.Path(__file__).parents[1] / "docs" / "research.md"
SEEDS = flags.DEFINE_integer("seeds", 3, "How many seeds, from 0.", lower_bound=1)
ONLY = flags.DEFINE_string("only", "", "The heading of one example. Default: all.")

Figures = Mapping[str, list[float]]


def examples(page: str) -> tuple[str, dict[str, str]]:
    """The code that all share, and heading -> code of each example."""
    found = re.findall(r"^## (.*?)\n.*?^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (_, shared), *others = found
    return shared, dict(others)


def run(shared: str, example: str, seed: int = 0, **data_sets: str) -> dict[str, float]:
    """What an example finds.

    Args:
      shared: The code that all share.
      example: Its own.
      seed: Instead of 0.
      **data_sets: Name on the page -> the data set to take instead.
    """
    code = f"{shared}\n{example}".replace("seed, data = 0,", f"seed, data = {seed},")
    for name, instead in data_sets.items():
        code = code.replace(f'load("{name}")', f"load({instead!r})")
    names: dict[str, Any] = {}
    exec(compile(code, str(PAGE), "exec"), names)
    return {name: float(value) for name, value in names["found"].items()}


def as_table(figures: Figures) -> str:
    """The lines that stand under an example on the page."""
    lines = [f"    {name:40}{_words(name, values)}" for name, values in figures.items()]
    return "\n".join(lines)


def _words(name: str, values: list[float]) -> str:
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    mean = statistics.mean(values)
    if name.startswith("rate"):
        return f"{mean:.3f} +- {spread:.3f}"
    return f"{mean:.2%} +- {spread:.2%}"


def main(_: list[str]) -> None:
    shared, all_examples = examples(PAGE.read_text(encoding="utf-8"))
    [text] = re.findall(r'^text = "(.*)"$', shared, re.MULTILINE)
    tfcnn.distributed.use_threads(tfcnn.distributed.available_cores(), tfcnn.model.parse(text))
    results: dict[str, Figures] = {}
    for heading, example in all_examples.items():
        if ONLY.value in ("", heading):
            found = [run(shared, example, seed) for seed in range(SEEDS.value)]
            results[heading] = {name: [one[name] for one in found] for name in found[0]}
            print(f"{heading}\n\n{as_table(results[heading])}\n", flush=True)
    measuring.write_results("research", results)


if __name__ == "__main__":
    app.run(main)
