"""Gradient ascent for the 64 filters of conv3: tfcnn, xplique and tf-keras-vis, in turn.

    make bench-ascent          or, when the peers' environment is there,
    python -m benchmarks.ascent_against_peers --run_dir=runs/demo --rounds=3

Every climb runs in a process of its own, on the same weights, one start a filter. The time is that
of the climb with its compilation, and for tfcnn also its scan of start images and its scores;
imports do not count. All images are scored by tfcnn's own figures, which go to `runs/bench`.
"""

import functools
import pathlib
import sys
import tempfile
import time

import numpy as np
from absl import app, flags

from benchmarks import measuring
from benchmarks.measuring import Spread
from tfcnn.report.tables import Table

RUN_DIR = flags.DEFINE_string("run_dir", "runs/demo", "A finished run of the network simple.")
RECIPE = flags.DEFINE_enum("recipe", None, ["plain", "robust"], "Used by the program itself.")
IMAGES = flags.DEFINE_string("images", None, "Used by the program itself.")

CONTESTANTS = ("tfcnn plain", "tfcnn robust", "xplique", "tf-keras-vis")


def climb_tfcnn() -> None:
    import tfcnn

    network = tfcnn.load_run(RUN_DIR.value)
    start = time.perf_counter()
    patterns = tfcnn.ascent.maximize(
        network, "conv3", recipe=RECIPE.value, restarts=1, progress=False
    )
    print(time.perf_counter() - start)
    np.save(IMAGES.value, patterns.images)


def seconds_of(peers_python: str, contestant: str, images_file: pathlib.Path) -> float:
    weights = str(pathlib.Path(RUN_DIR.value) / "weights.safetensors")
    if contestant.startswith("tfcnn"):
        command = [sys.executable, "-m", "benchmarks.ascent_against_peers"]
        command += [f"--run_dir={RUN_DIR.value}", f"--recipe={contestant.split()[1]}"]
        command += [f"--images={images_file}"]
    else:
        script = str(pathlib.Path(__file__).parent / "peers" / "ascent.py")
        command = [peers_python, script, contestant, weights, str(images_file)]
    return float(measuring.run(command).splitlines()[-1])


def figures_of(images: np.ndarray) -> tuple[float, float, float]:
    """Mean score, mean robust score and mean high-frequency share."""
    import tfcnn
    from tfcnn.ascent.evidence import high_frequency_share

    network = tfcnn.load_run(RUN_DIR.value)
    goals = (tfcnn.ascent.objectives.filter_map("conv3/linear", n) for n in range(len(images)))
    scores = [
        tfcnn.ascent.score_images(network, goal, image[None])
        for goal, image in zip(goals, images, strict=True)
    ]
    return (
        float(np.mean([score.score for score in scores])),
        float(np.mean([score.robust for score in scores])),
        float(high_frequency_share(images).mean()),
    )


def in_turn() -> None:
    measure = functools.partial(seconds_of, measuring.peers_python("benchmarks/.venv-ascent"))
    with tempfile.TemporaryDirectory() as folder:
        files = {name: pathlib.Path(folder) / f"{name}.npy" for name in CONTESTANTS}
        seconds = measuring.take_turns(
            {name: functools.partial(measure, name, file) for name, file in files.items()}
        )
        figures = {name: figures_of(np.load(file)) for name, file in files.items()}
    spreads = {name: Spread.of(times) for name, times in seconds.items()}
    rows = []
    for name, (score, robust, share) in figures.items():
        rows.append((name, *spreads[name].cells(), f"{score:.2f}", f"{robust:.2f}", f"{share:.1%}"))
    header = ("", "median s", "from, to", "score", "robust", "high frequencies")
    print(f"\n{Table(header, tuple(rows)).to_text()}")
    plain = spreads["tfcnn plain"].median
    for name in CONTESTANTS[2:]:
        print(f"{name}: {spreads[name].median / plain:.1f} times the plain climb's time")
    for name in ("tfcnn plain", *CONTESTANTS[2:]):
        ratio = figures["tfcnn robust"][1] / figures[name][1]
        print(f"robust score of the robust recipe / {name}: {ratio:.2f}")
    results = {"seconds": seconds, "score, robust score, high frequencies": figures}
    measuring.write_results("ascent_against_peers", results)


def main(_: list[str]) -> None:
    if RECIPE.value:
        climb_tfcnn()
    else:
        in_turn()


if __name__ == "__main__":
    app.run(main)
