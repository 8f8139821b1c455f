"""The part of a page that computes: what it holds, as finished HTML."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import importlib.resources
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tfcnn.ascent import RECIPES
from tfcnn.ascent.maximize import SMALL_FIELD
from tfcnn.data import Dataset, Preparation
from tfcnn.model import Network, all_activations
from tfcnn.page.bundle import bundled
from tfcnn.page.description import describe_network
from tfcnn.page.findings import Findings
from tfcnn.page.states import State, packed_states

# Of the tensors in base64; a larger page takes too long to open and to mail.
MOST_BYTES = 20 * 2**20
_MISTAKES, _OF_EACH_CLASS = 20, 2
_IMAGES_LOOKED_AT = 10_000
_NOTHING_CAME = {
    "tray": "No data set came with this page.",
    "states": "No checkpoints came with this page.",
}


@dataclasses.dataclass(frozen=True)
class LivePart:
    """Pieces of a page.

    Attributes:
      style: CSS of the live part.
      body: HTML of the live part, or a line that says why there is none.
      data: HTML of what the script reads, and the script; to stand behind ``body``.
      policy: A Content-Security-Policy under which only this script runs and nothing is fetched.
    """

    style: str
    body: str
    data: str
    policy: str


def live_part(
    network: Network,
    class_names: Sequence[str],
    preparation: Preparation,
    data: Dataset | None = None,
    states: Sequence[State] = (),
    missing: Mapping[str, str] | None = None,
    findings: Findings | None = None,
) -> LivePart:
    """Makes the live part for a network.

    Args:
      network: With 1 channel or 3, and a flat last layer.
      class_names: One a logit.
      preparation: How a drawing becomes an image.
      data: Whose test images lie ready: the most mistaken ones first, then some of each class.
      states: (steps, path -> tensor) at times of the training, kept in float16; left out if all
        together would take more than half of ``MOST_BYTES``.
      missing: Why there is no data (``tray``) or no state (``states``), a sentence each.
      findings: What is known of the filters.
    """
    script = bundled("app")
    why = {**_NOTHING_CAME, **(missing or {})}
    style = _resource("live.css")
    bytes_of_page = 4 * sum(tensor.size for tensor in network.tensors().values()) * 4 // 3
    if bytes_of_page > MOST_BYTES:
        megabytes = bytes_of_page / 2**20
        line = f"<p>The network is too large to compute here: {megabytes:.0f} MB of a page.</p>"
        return LivePart(style, line, "", _policy(""))
    if len(states) * bytes_of_page > MOST_BYTES:  # Of which float16 takes half.
        states, why["states"] = (), "The checkpoints together are too large for a page."
    holds = {
        "network": describe_network(network),
        "class_names": list(class_names),
        "preparation": preparation.to_json(),
        "recipes": {name: dataclasses.asdict(recipe) for name, recipe in RECIPES.items()},
        "small_field": SMALL_FIELD,
        "tray": None if data is None else _tray(network, data),
        "states": packed_states(states),
        "missing": why,
        "findings": None if findings is None else findings.to_json(MOST_BYTES // 4),
    }
    inert = (
        _inert("tfcnn-data", "application/json", json.dumps(holds, allow_nan=False)),
        _inert("tfcnn-worker", "text/plain", bundled("worker")),
        f"<script>{script}</script>",
    )
    return LivePart(style, _resource("live.html"), "\n".join(inert), _policy(script))


def _tray(network: Network, data: Dataset) -> dict[str, Any]:
    """Test images to choose from, as uint8 in base64, with labels, answers and numbers."""
    test = data.test.sample(_IMAGES_LOOKED_AT)
    logits = all_activations(network, network.layers[-1].name, test.images)
    said, rows = logits.argmax(axis=1), np.arange(len(logits))
    # How much more the network holds of its answer than of the right one.
    lead = logits[rows, said] - logits[rows, test.labels]
    chosen = [n for n in np.argsort(-lead, kind="stable")[:_MISTAKES] if lead[n] > 0]
    for label in range(data.num_classes):
        right = np.flatnonzero((test.labels == label) & (said == label))
        chosen += right[:_OF_EACH_CLASS].tolist()
    return {
        "images": base64.b64encode(test.images[chosen].tobytes()).decode("ascii"),
        "labels": test.labels[chosen].tolist(),
        "said": said[chosen].tolist(),
        "numbers": [int(number) for number in chosen],
    }


def _resource(name: str) -> str:
    return (importlib.resources.files(__package__) / name).read_text("utf-8")


def _inert(identifier: str, kind: str, text: str) -> str:
    """A script element that is only read, whose text cannot end it."""
    escaped = text.replace("<", "\\u003c") if kind == "application/json" else text
    return f'<script type="{kind}" id="{identifier}">{escaped}</script>'


def _policy(script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return (
        f"default-src 'none'; script-src 'sha256-{digest}' blob:; worker-src blob:; "
        "img-src data: blob:; style-src 'unsafe-inline'"
    )
