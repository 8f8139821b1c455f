"""How the time and the memory of `maximize` grow with the filters of a layer.

    python -m benchmarks.wide_layers --rounds=3

The second conv layer of an untrained `conv(16,3) max(2) conv(N,3) max(2) flatten
dense(10,act=linear)`, and 2,000 random images: evidence and climbs, one restart a filter, then the
pictures that `experiments.maximize` draws. Each N takes its turn in a process of its own.
"""

import json
import pathlib
import sys
import tempfile
import time

import numpy as np
from absl import app, flags

import tfcnn
from benchmarks import measuring
from benchmarks.measuring import Spread
from tfcnn.report.tables import Table

try:
    import resource
except ImportError:
    resource = None

ONLY = flags.DEFINE_integer("only", None, "Measures this many filters once, and prints JSON.")

FILTERS = (64, 1024)
NAMES = [str(number) for number in range(10)]


def measure_here(filters: int) -> dict[str, float]:
    """Seconds of the climbs and of the pictures, and the peak of memory in GB."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (2000, 28, 28, 1), np.uint8)
    labels = random.integers(0, 10, 2000).astype(np.int32)
    text = f"conv(16,3) max(2) conv({filters},3) max(2) flatten dense(10,act=linear)"
    network = tfcnn.model.Network(text, images.shape[1:])
    start = time.perf_counter()
    evidence = tfcnn.ascent.gather_evidence(network, "conv2", images, labels, progress=False)
    patterns = tfcnn.ascent.maximize(
        network, "conv2", restarts=1, evidence=evidence, progress=False
    )
    climbed = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        tfcnn.report.draw_filter_grid(patterns, place / "grid.png")
        tfcnn.report.draw_evidence_sheets(network, patterns, images, NAMES, place / "sheets.png")
        tfcnn.report.write_filter_cards(place / "cards.npz", network, patterns, images)
    drawn = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss if resource else float("nan")
    unit = 2**30 if sys.platform == "darwin" else 2**20
    return {"climbs": climbed - start, "pictures": drawn - climbed, "GB": peak / unit}


def main(_: list[str]) -> None:
    if ONLY.value:
        print(json.dumps(measure_here(ONLY.value)))
        return
    command = [sys.executable, "-m", "benchmarks.wide_layers"]
    measured = measuring.take_turns(
        {str(n): lambda n=n: measuring.run_json([*command, f"--only={n}"]) for n in FILTERS},
        say=json.dumps,
    )
    spreads = {
        count: {name: Spread.of([turn[name] for turn in turns]) for name in turns[0]}
        for count, turns in measured.items()
    }
    few, many = spreads.values()
    rows = tuple(
        (
            name,
            *few[name].cells(),
            *many[name].cells(),
            f"{many[name].median / few[name].median:.1f}",
        )
        for name in few
    )
    header = ("", str(FILTERS[0]), "from, to", str(FILTERS[1]), "from, to", "ratio")
    print(Table(header, rows).to_text())
    measuring.write_results("wide_layers", measured)


if __name__ == "__main__":
    app.run(main)
