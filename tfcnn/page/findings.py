"""All that a run found out about its filters."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from tfcnn.page.cards import FilterCards


@dataclasses.dataclass(frozen=True, eq=False)
class Findings:
    """What a run's programs left, by layer.

    Attributes:
      run_dir: The run, as a command names it.
      cards: Layer -> what is known of its filters.
      losses: Layer -> filter -> percentage points of test accuracy lost without it.
    """

    run_dir: str
    cards: Mapping[str, FilterCards]
    losses: Mapping[str, Mapping[int, float]]

    def to_json(self, most_bytes: int) -> dict[str, Any]:
        """For the page's script; layers whose images no longer fit are left out, and named."""
        kept: dict[str, Any] = {}
        left_out = []
        for layer, cards in self.cards.items():
            if cards.size <= most_bytes:
                most_bytes -= cards.size
                kept[layer] = cards.to_json()
            else:
                left_out.append(layer)
        return {
            "run_dir": self.run_dir,
            "cards": kept,
            "left_out": left_out,
            "losses": self.losses,
        }
