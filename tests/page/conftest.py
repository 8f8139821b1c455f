"""A browser, and pages in it."""

from __future__ import annotations

import os
import pathlib
import shutil

import pytest

import tfcnn
from tfcnn.data import Preparation

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
MNIST = Preparation("dark", "mass", 20)


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


@pytest.fixture
def opened(browser, page_file):
    """Opens the page of a network; at the end nothing may have gone wrong or been asked for."""
    pages, wrong = [], []

    def open_page(network, **options):
        page = browser.new_page(viewport={"width": 1280, "height": 1600})
        pages.append(page)
        page.on("console", lambda said: wrong.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda asked: wrong.append(asked.url))
        path = page_file(network, **options)
        page.goto(path.as_uri())
        page.wait_for_selector("#live[data-computed]", timeout=120_000)
        return page

    yield open_page
    allowed = ("file:", "blob:")
    assert [line for line in wrong if not line.startswith(allowed)] == []
    for page in pages:
        page.close()
