"""The parts of real images that excite a filter most, cut out to its receptive field."""

import numpy as np

from tfcnn.arguments import checked
from tfcnn.ascent.evidence import Evidence
from tfcnn.errors import check_choice, check_length, wrong
from tfcnn.model.geometry import geometry
from tfcnn.model.network import Network
from tfcnn.pixels import check_shape
from tfcnn.typing import Array, Images


@checked
def top_patches(network: Network, evidence: Evidence, images: Images, filter_number: int) -> Array:
    """The patches behind a filter's largest linear outputs, best first.

    Each is exactly what the position that fired can see. Where its field reaches into the
    padding around the image, the patch is black.

    Args:
      network: The network that ``evidence`` is of.
      evidence: From ``gather_evidence`` over ``images``.
      images: uint8 or floats in [0, 1], [count, height, width, channels].
      filter_number: From 0.

    Returns:
      What ``images`` are, [patches, field height, field width, channels].

    Raises:
      InputError: The layer has no such filter, or network or images are not those of the evidence.
    """
    check_shape("images", images.shape, (None, *network.input_shape))
    count = len(next(iter(evidence.reduced.values())))
    check_length("images", images, count, "images, those of the evidence")
    rows = {row.name: row for row in geometry(network.architecture, network.input_shape)}
    check_choice("evidence.layer", evidence.layer, rows)
    row = rows[evidence.layer]
    count = evidence.patch_images.shape[1]
    if not 0 <= filter_number < count:
        raise wrong("filters", f"0 to {count - 1} for {evidence.layer}", filter_number)
    height, width = row.receptive_field
    numbers = evidence.patch_images[:, filter_number]
    positions = evidence.patch_positions[:, filter_number]
    if len(row.output_shape) == 1 and any(row.stride):
        # Laid in a row, a value of a map has the one place that its number tells.
        maps = next(p.input_shape for p in network.layers if len(p.output_shape) == 1)
        positions = np.array(np.unravel_index(filter_number, maps)[:2])
    corners = np.array(row.offset) + np.broadcast_to(positions, (len(numbers), 2)) * row.stride
    # A border as wide as a field holds every patch that lies partly outside.
    padding = ((0, 0), (height, height), (width, width), (0, 0))
    padded = np.pad(images[numbers], padding)
    places = zip(padded, corners + np.array(row.receptive_field), strict=True)
    return np.stack([image[y : y + height, x : x + width] for image, (y, x) in places])
