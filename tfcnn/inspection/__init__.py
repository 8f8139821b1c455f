"""Looking into a trained network with real images."""

from __future__ import annotations

from tfcnn.inspection.patches import top_patches

__all__ = ["top_patches"]
