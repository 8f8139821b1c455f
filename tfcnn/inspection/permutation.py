"""The same network with its channels in another order: what comparisons have to see through."""

import numpy as np

from tfcnn.arguments import checked
from tfcnn.model.network import Network
from tfcnn.typing import Places, Seed


@checked
def permuted(network: Network, seed: Seed = 0) -> tuple[Network, dict[str, Places]]:
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
    orders: dict[str, Places] = {}
    order = np.arange(network.input_shape[2])  # That of the values that a layer reads.
    mixing = [p.name for p in network.layers if p.layer.carried((), p.input_shape) is None]
    for placed in network.layers:
        read, carried = order, placed.layer.carried(order.tolist(), placed.input_shape)
        if carried is not None:
            order = np.array(carried)
        else:
            order = np.arange(placed.output_shape[-1])
            if placed.name != mixing[-1]:
                generator.shuffle(order)
                orders[placed.name] = order
        for path, tensor in (placed.weights() | placed.state()).items():
            for axis, chosen in ((tensor.input_axis, read), (tensor.output_axis, order)):
                if axis is not None:
                    tensors[path] = np.take(tensors[path], chosen, axis)
    other = Network(network.architecture, network.input_shape)
    other.assign(tensors)
    return other, orders
