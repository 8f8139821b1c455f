"""How fast the page computes in Chromium, beside TensorFlow.js's cpu backend.

    npm install --prefix benchmarks/.venv-page @tensorflow/tfjs@4.22.0
    python -m benchmarks.page --run_dir=runs/demo

Both run in one page, in turn, on the same weights and the same image: the forward pass, and a step
of gradient ascent for a filter of conv3 by the plain recipe. Then, on the report of the run: how
long a stroke takes until all maps are drawn, the robust recipe's steps a second in the page's
worker, and how large the report is and how soon it can be drawn on.
"""

from __future__ import annotations

import base64
import dataclasses
import pathlib
import shutil
from typing import Any

import numpy as np
from absl import app, flags
from playwright.sync_api import Browser, Page, sync_playwright

import tfcnn
from benchmarks import measuring
from tfcnn.page.bundle import bundled
from tfcnn.page.description import describe_network
from tfcnn.report.tables import Table

RUN_DIR = flags.DEFINE_string("run_dir", "runs/demo", "A run of the default network.")
CALLS = flags.DEFINE_integer("calls", 40, "Of each, one turn.", lower_bound=1)

PEER = pathlib.Path("benchmarks/.venv-page/node_modules/@tensorflow/tfjs/dist/tf.min.js")
SCRIPT = pathlib.Path(__file__).with_suffix(".js")
FLAGS = ("--no-sandbox", "--disable-gpu")


def set_up(browser: Browser, network: tfcnn.model.Network, image: np.ndarray) -> Page:
    """A page in which both compute; refuses to time what does not agree."""
    page = browser.new_page()
    page.add_script_tag(path=PEER)
    page.add_script_tag(content=bundled("worker"))
    page.add_script_tag(path=SCRIPT)
    plain = dataclasses.replace(tfcnn.ascent.RECIPES["plain"], first_step=0.5, last_step=0.5)
    told = {
        "description": describe_network(network),
        "image": base64.b64encode(image.tobytes()).decode("ascii"),
        "recipe": dataclasses.asdict(plain),
    }
    ours, peers = page.evaluate("setUp", told)
    np.testing.assert_allclose(ours, peers, rtol=1e-3, atol=1e-3)
    return page


def measure_computing(page: Page) -> dict[str, list[float]]:
    """Task -> milliseconds of every call, the first turn left out."""
    tasks = ("ours_forward", "peer_forward", "ours_step", "peer_step")
    calls = {name: lambda name=name: _timed(page, name) for name in tasks}
    for warm_up in calls.values():
        warm_up()
    turns = measuring.take_turns(calls, lambda times: f"{np.median(times):.2f} ms")
    return {name: [time for turn in of for time in turn] for name, of in turns.items()}


def _timed(page: Page, task: str) -> list[float]:
    return page.evaluate("timesOf", {"task": task, "calls": CALLS.value})


def measure_report(browser: Browser, path: pathlib.Path) -> dict[str, list[float]]:
    """Milliseconds until it can be drawn on and from a stroke to its maps; steps a second."""
    ready, strokes, steps = [], [], []
    for _ in range(measuring.ROUNDS.value):
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.add_init_script(path=SCRIPT)
        page.goto(path.resolve().as_uri())
        page.wait_for_selector("#live[data-computed]")
        ready.append(page.evaluate("window.ready"))
        strokes += page.evaluate("strokeTimes", CALLS.value)[CALLS.value // 4 :]
        page.locator(".maps canvas[aria-label^='conv3,']").focus()
        page.keyboard.press("Enter")
        start = page.evaluate("performance.now()")
        page.click("#climb-start")
        page.locator("#climb-score", has_text="robust").wait_for()
        steps.append(130 / (page.evaluate("performance.now()") - start) * 1000)
        page.close()
    return {"ready": ready, "stroke": strokes, "steps a second": steps}


def table(results: dict[str, Any]) -> Table:
    """Medians and ranges."""
    rows = []
    for name, values in results.items():
        spread = measuring.Spread.of(values)
        quarters = np.percentile(values, [25, 75])
        rows.append((name, f"{spread.median:.2f}", f"{quarters[0]:.2f} to {quarters[1]:.2f}"))
    return Table(("", "median", "half of all"), tuple(rows))


def main(_: list[str]) -> None:
    if not PEER.exists():
        raise SystemExit(f"expected TensorFlow.js, found no {PEER}; see the head of this file")
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("expected Debian's chromium, found none")
    run = tfcnn.open_run(RUN_DIR.value)
    image = run.data().test.images[0] / np.float32(255)
    report = tfcnn.report.write_report(RUN_DIR.value)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        results = measure_computing(set_up(browser, run.network(), image))
        results |= measure_report(browser, report)
        results["browser"] = browser.version
    megabytes = report.stat().st_size / 1e6
    shown = {name: values for name, values in results.items() if isinstance(values, list)}
    print(table(shown).to_text())
    print(f"Chromium {results['browser']}; the report has {megabytes:.2f} MB")
    measuring.write_results("page", {**results, "megabytes": megabytes})


if __name__ == "__main__":
    app.run(main)
