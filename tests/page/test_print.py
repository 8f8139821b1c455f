"""The page on paper, without a script, and for those who see or point badly."""

from __future__ import annotations

import json
import re
import unicodedata

import pypdf
import pytest
from matplotlib.figure import Figure

import tfcnn
from tfcnn.report.drawing.png import save_png

A4_TEXT_WIDTH = round((210 - 2 * 15) / 25.4 * 96)  # In CSS pixels, between margins of 15 mm.
# What is drawn, and how large, in inches.
PICTURES = {
    "learning_curves": (12, 3.8),
    "kernels_conv1": (4, 3),
    "patterns_conv1": (12, 17),
    "evidence_conv1": (12, 16),
    "evidence_conv1_2": (12, 9),
    "confusions": (7, 6),
    "ablation_conv1_zero": (40, 5),
    "mine": (2, 2),
}
OPEN = "all => all.filter(one => one.open).length"
# Elements with text of their own -> [text, contrast with what is behind, least by WCAG 2.1 AA].
CONTRASTS = """() => {
  const parsed = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = ([red, green, blue]) => [red, green, blue]
    .map((level) => level / 255)
    .map((level) => (level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4))
    .reduce((sum, level, n) => sum + level * [0.2126, 0.7152, 0.0722][n], 0);
  const behind = (one) => {
    const colour = parsed(getComputedStyle(one).backgroundColor);
    if (colour[3] === undefined || colour[3] > 0) return colour;
    return one.parentElement ? behind(one.parentElement) : [255, 255, 255];
  };
  return [...document.body.querySelectorAll("*")]
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .filter((one) => one.checkVisibility() && !one.disabled && !one.closest("script"))
    .map((one) => {
      const style = getComputedStyle(one);
      const [light, dark] = [parsed(style.color), behind(one)].map(luminance).sort((a, b) => b - a);
      const size = parseFloat(style.fontSize);
      const isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
      return [one.textContent.slice(0, 40), (light + 0.05) / (dark + 0.05), isLarge ? 3 : 4.5];
    });
}"""
# All that can be used, and whether it has a name and can be reached with the keyboard.
CONTROLS = """() => [...document.querySelectorAll(
    "button, select, input, summary, [role=application], [role=region][tabindex]")]
  .map((one) => [one.outerHTML.slice(0, 80),
    Boolean(one.ariaLabel || one.textContent.trim() || one.labels?.length), one.tabIndex >= 0])"""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The page of a run with pictures and tables of every size."""
    run = tmp_path_factory.mktemp("runs") / "first"
    plots = run / "plots"
    plots.mkdir(parents=True)
    text = "conv(2,3) flatten dense(3,act=linear)"
    tfcnn.model.Network(tfcnn.model.parse(text), (6, 6, 1)).save(run / "weights.safetensors")
    names = ["ant", "bee", "a name as long as some class names are"]
    config = {"architecture": text, "dataset": {"name": "insects", "class_names": names}}
    (run / "config.json").write_text(json.dumps({**config, "checksums": "0123456789abcdef" * 8}))
    row = {f"a_number_of_the_epoch_{n}": 0.123456 for n in range(12)}
    lines = (json.dumps({"epoch": epoch, "test_accuracy": 0.9, **row}) for epoch in range(60))
    (run / "metrics.jsonl").write_text("\n".join(lines))
    (run / "environment.json").write_text('{"python": "3.11"}')
    for name, size in PICTURES.items():
        figure = Figure(figsize=size)
        figure.subplots().plot([0, size[1]], label=name)
        figure.suptitle(name)
        save_png(figure, plots / f"{name}.png", f"What {name} shows, in a sentence.")
    for name, columns, rows in (("patterns_conv1", 16, 70), ("confusions", 40, 40)):
        table = [",".join(f"column_{n}_of_{name}" for n in range(columns))]
        table += [",".join(str(n * 1.23456789) for n in range(columns))] * rows
        (plots / f"{name}.csv").write_text("\n".join(table))
    return tfcnn.report.write_report(run)


@pytest.fixture(scope="module")
def pages(opened, report, tmp_path_factory):
    """The printed pages: (text without spaces, number of pictures) of each."""
    path = tmp_path_factory.mktemp("print") / "report.pdf"
    opened(report).pdf(path=path, prefer_css_page_size=True)
    return [
        (re.sub(r"\s+", "", unicodedata.normalize("NFKC", page.extract_text())), len(page.images))
        for page in pypdf.PdfReader(path).pages
    ]


def test_no_printed_page_is_empty(pages):
    assert all(len(text) > 20 for text, _ in pages)


def test_every_caption_is_printed_on_the_page_of_its_picture(pages):
    captions = {f"What{name}shows,inasentence." for name in PICTURES}
    found = [[caption for caption in captions if caption in text] for text, _ in pages]
    assert sorted(caption for here in found for caption in here) == sorted(captions)
    assert [len(here) for here in found] == [pictures for _, pictures in pages]


def test_all_tables_are_printed(pages):
    text = "".join(text for text, _ in pages)
    for n in range(40):
        assert f"column{n}ofconfusions" in text
    assert "0123456789abcdef" * 8 in text


def test_nothing_is_wider_than_the_paper(opened, report):
    page = opened(report)
    page.set_viewport_size({"width": A4_TEXT_WIDTH, "height": 1000})
    page.emulate_media(media="print")
    page.locator("details").evaluate_all("all => all.forEach((one) => (one.open = true))")
    right = page.locator("table, img, li, p").evaluate_all(
        "all => all.map((one) => [one.tagName, one.getBoundingClientRect().right])"
    )
    assert [one for one in right if one[1] > A4_TEXT_WIDTH + 0.5] == []


def test_without_a_script_all_is_open_and_with_one_all_is_folded(browser, opened, report):
    page = browser.new_page(java_script_enabled=False)
    page.goto(report.as_uri())
    count = page.locator("details").count()
    assert count > 6
    assert page.locator("details[open]").count() == count
    assert page.locator("main img").count() == len(PICTURES)
    assert all(
        alt.startswith("What ")
        for alt in page.locator("img").evaluate_all("all => all.map((one) => one.alt)")
    )
    assert not page.locator("#sheet").is_visible()
    page.close()
    assert opened(report).locator("details").evaluate_all(OPEN) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_stands_out_from_its_ground(opened, report, scheme):
    page = opened(report)
    page.emulate_media(color_scheme=scheme)
    page.locator("details").evaluate_all("all => all.forEach((one) => (one.open = true))")
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) > 100
    assert [one for one in contrasts if one[1] < one[2]] == []


def test_every_control_has_a_name_and_the_keyboard_reaches_it(opened, report):
    page = opened(report)
    controls = page.evaluate(CONTROLS)
    assert len(controls) > 15
    assert [one for one in controls if not (one[1] and one[2])] == []
    page.locator(".maps canvas").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    assert page.text_content("#sum").startswith("conv1, 1 at row 2, column 1: ")
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("details").first.get_attribute("open") is not None


@pytest.mark.parametrize("width", [360, 1280, 3840])
def test_nothing_reaches_over_the_edge_of_the_window(opened, report, width):
    page = opened(report)
    page.set_viewport_size({"width": width, "height": 900})
    page.locator("details").evaluate_all("all => all.forEach((one) => (one.open = true))")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
