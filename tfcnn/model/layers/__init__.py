"""Layers as frozen data, a file a kind: shapes, start values, costs, fields and the operation.

Every shape is that of one image, without the batch: ``(height, width, channels)`` before a
``flatten`` or a ``globalaverage``, ``(units,)`` after it. Nothing here imports TensorFlow before a
layer's operation is called.
"""

from __future__ import annotations

from collections.abc import Mapping

from tfcnn.model.layers.base import Call as Call
from tfcnn.model.layers.base import Fans as Fans
from tfcnn.model.layers.base import Layer as Layer
from tfcnn.model.layers.base import LayerTensor as LayerTensor
from tfcnn.model.layers.base import Shape as Shape
from tfcnn.model.layers.batchnorm import BatchNorm as BatchNorm
from tfcnn.model.layers.conv import Conv as Conv
from tfcnn.model.layers.dense import Dense as Dense
from tfcnn.model.layers.depthwise import Depthwise as Depthwise
from tfcnn.model.layers.dropout import Dropout as Dropout
from tfcnn.model.layers.flatten import Flatten as Flatten
from tfcnn.model.layers.global_average import GlobalAverage as GlobalAverage
from tfcnn.model.layers.pool import AveragePool as AveragePool
from tfcnn.model.layers.pool import MaxPool as MaxPool

# In the order in which messages list them.
LAYERS: tuple[type[Layer], ...] = (
    Conv,
    Depthwise,
    MaxPool,
    AveragePool,
    GlobalAverage,
    Flatten,
    Dense,
    Dropout,
    BatchNorm,
)
WORDS: Mapping[str, type[Layer]] = {layer.word: layer for layer in LAYERS}
