"""The page as one HTML text: head, live part, story, and the data that the script reads."""

from __future__ import annotations

import base64
import hashlib
import html
import importlib.resources
import json
import string
from typing import Any

from tfcnn.page.bundle import bundled


def assemble(title: str, head: str, story: str, live: dict[str, Any] | None) -> str:
    """The whole page.

    Args:
      title: Plain text.
      head: Finished HTML below the title.
      story: Finished HTML of the parts that need no script.
      live: What the script reads, ready for JSON; None leaves the live part out.
    """
    script = bundled("app")
    parts = {"live": "", "data": ""}
    if live is not None:
        parts["live"] = _resource("live.html")
        parts["data"] = "\n".join(
            [
                _inert("tfcnn-data", "application/json", json.dumps(live, allow_nan=False)),
                _inert("tfcnn-worker", "text/plain", bundled("worker")),
                f"<script>{script}</script>",
            ]
        )
    return string.Template(_resource("template.html")).substitute(
        policy=_policy(script),
        title=html.escape(title),
        style=_resource("style.css"),
        head=head,
        story=story,
        **parts,
    )


def _resource(name: str) -> str:
    return (importlib.resources.files(__package__) / name).read_text("utf-8")


def _inert(identifier: str, kind: str, text: str) -> str:
    """A script element that is only read, whose text cannot end it."""
    escaped = text.replace("<", "\\u003c") if kind == "application/json" else text
    return f'<script type="{kind}" id="{identifier}">{escaped}</script>'


def _policy(script: str) -> str:
    """Only the page's own script runs, and nothing is fetched from anywhere."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return (
        f"default-src 'none'; script-src 'sha256-{digest}' blob:; worker-src blob:; "
        "img-src data: blob:; style-src 'unsafe-inline'"
    )
