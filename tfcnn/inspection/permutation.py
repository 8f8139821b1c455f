"""The same network with its channels in another order: what comparisons have to see through."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tfcnn.model.layers import BatchNorm, Conv, Dense, Flatten
from tfcnn.model.network import Network


def permuted(network: Network, seed: int = 0) -> tuple[Network, dict[str, npt.NDArray[np.intp]]]:
    """A network that computes the same function, with filters and units in a random order.

    Args:
      network: Any network; it stays as it is.
      seed: Of the order.

    Returns:
      The other network, and for each layer with weights below the last one int [filters]: which
      filter of ``network`` its filters are.
    """
    generator = np.random.default_rng(seed)
    tensors = network.tensors()
    orders: dict[str, npt.NDArray[np.intp]] = {}
    order = np.arange(network.input_shape[2])  # That of the values that a layer reads.
    last = [placed.name for placed in network.layers if isinstance(placed.layer, (Conv, Dense))][-1]
    for placed in network.layers:
        kernel, bias = f"{placed.name}/kernel", f"{placed.name}/bias"
        if isinstance(placed.layer, (Conv, Dense)):
            tensors[kernel] = np.take(tensors[kernel], order, axis=-2)
            order = np.arange(placed.output_shape[-1])
            if placed.name != last:
                generator.shuffle(order)
                orders[placed.name] = order
            tensors[kernel] = np.take(tensors[kernel], order, axis=-1)
            tensors[bias] = tensors[bias][order]
        elif isinstance(placed.layer, BatchNorm):
            for path in (*placed.weight_shapes(), *placed.state_shapes()):
                tensors[path] = tensors[path][order]
        elif isinstance(placed.layer, Flatten) and len(placed.input_shape) == 3:
            height, width, channels = placed.input_shape
            corners = np.arange(height * width)[:, np.newaxis] * channels
            order = (corners + order).reshape(-1)
    other = Network(network.architecture, network.input_shape)
    other.assign(tensors)
    return other, orders
