"""A browser, and pages in it."""

from __future__ import annotations

import base64
import os
import pathlib
import shutil

import numpy as np
import pytest

import tfcnn
from tfcnn.data import Preparation
from tfcnn.page.bundle import bundled

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
MNIST = Preparation("dark", "mass", 20)
# Float32Array -> base64, which is much faster to hand over than numbers.
_PACKED = """const packed = (floats) => {
  const bytes = new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return {floats: btoa(text)};
};"""


def _unpacked(value):
    """A script's answer, with arrays where it packed them."""
    if isinstance(value, list):
        return [_unpacked(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"floats"}:
        return np.frombuffer(base64.b64decode(value["floats"]), np.float32)
    return {key: _unpacked(item) for key, item in value.items()}


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium. Where it is missing CI fails, and elsewhere the tests are skipped."""
    path = shutil.which("chromium")
    if path is None:
        assert not os.environ.get("CI"), "chromium is not installed, which .ci/run does"
        pytest.skip("chromium is not installed (Debian: apt install chromium)")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def run_script(browser):
    """Calls a function beside the page's modules, in an empty page that all tests share."""
    page = browser.new_page()

    def run(entry: str, function: str, argument=None):
        called = f"(argument) => {{ {bundled(entry)}\n{_PACKED}\nreturn ({function})(argument); }}"
        return _unpacked(page.evaluate(called, argument))

    return run


@pytest.fixture(scope="session")
def known_digits(sample):
    """A network that knows some digits."""
    architecture = tfcnn.model.parse("conv(8,5,stride=2) conv(12,3) flatten dense(10,act=linear)")
    network = tfcnn.model.Network(architecture, (28, 28, 1), seed=0)
    config = tfcnn.training.TrainConfig(epochs=25, batch_size=32, shift=2.0, rotation=10.0)
    tfcnn.training.train(network, sample, config, progress=False)
    return network


@pytest.fixture(scope="session")
def page_file(tmp_path_factory):
    """Writes a page with nothing but the live part of a network."""

    def write(network, preparation=MNIST, names=None, **options) -> pathlib.Path:
        names = names or [str(number) for number in range(network.classes)]
        live = tfcnn.page.live_part(network, names, preparation, **options)
        path = tmp_path_factory.mktemp("page") / "page.html"
        path.write_text(
            f'<!DOCTYPE html><html lang="en"><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{live.policy}">'
            f"<title>t</title><style>{live.style}</style><body>{live.body}{live.data}",
            encoding="utf-8",
        )
        return path

    return write


@pytest.fixture(scope="module")
def opened(browser, page_file):
    """Opens the page of a network, or a file; nothing may go wrong there or be asked for."""
    pages, wrong = [], []

    def open_page(network, **options):
        page = browser.new_page(viewport={"width": 1280, "height": 1600})
        pages.append(page)
        page.on("console", lambda said: wrong.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda asked: wrong.append(asked.url))
        is_file = isinstance(network, pathlib.Path)
        path = network if is_file else page_file(network, **options)
        page.goto(path.as_uri())
        page.wait_for_selector("#live[data-computed]", timeout=120_000)
        return page

    yield open_page
    allowed = ("file:", "blob:", "data:")
    assert [line for line in wrong if not line.startswith(allowed)] == []
    for page in pages:
        page.close()
