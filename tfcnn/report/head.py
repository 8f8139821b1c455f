"""What was trained, on what, how and with what result, in words and as a row of layers."""

from __future__ import annotations

import collections
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tfcnn.model.geometry import geometry
from tfcnn.model.network import Network
from tfcnn.report.markup import escaped, joined

# A layer's word in the architecture's text -> one of them and several.
_WORDS = {
    "conv": ("convolution", "convolutions"),
    "depthwise": ("depthwise convolution", "depthwise convolutions"),
    "max": ("max pooling", "max poolings"),
    "average": ("average pooling", "average poolings"),
    "globalaverage": ("global average", "global averages"),
    "batchnorm": ("batch normalisation", "batch normalisations"),
    "dense": ("dense layer", "dense layers"),
}
_SILENT = ("flatten", "dropout")  # Which compute nothing.
_MOST_NAMES = 20


def head(
    network: Network,
    class_names: Sequence[str],
    config: Mapping[str, Any],
    metrics: Sequence[Mapping[str, Any]],
) -> str:
    """The head of a page as HTML.

    Args:
      network: The network.
      class_names: One a logit.
      config: What ``config.json`` holds, as far as there is one.
      metrics: A mapping an epoch, with the keys of ``metrics.jsonl``; none of weights that were
        trained elsewhere.
    """
    lines = [_network_in_words(network, class_names), *_training_in_words(config, metrics)]
    paragraphs = "\n".join(f"<p>{escaped(line)}</p>" for line in lines)
    text = escaped(str(network.architecture))
    return (
        f"{paragraphs}\n{_row_of_layers(network)}\n"
        f'<p class="hint">The architecture as <code>--arch</code> takes it: <code>{text}</code></p>'
    )


def _network_in_words(network: Network, class_names: Sequence[str]) -> str:
    height, width, channels = network.input_shape
    counts = collections.Counter(placed.layer.word for placed in network.layers)
    parts = [
        f"{count} {_WORDS.get(word, (word, word))[count > 1]}"
        for word, count in counts.items()
        if word not in _SILENT
    ]
    weights = sum(row.parameters for row in geometry(network.architecture, network.input_shape))
    shown = joined(class_names[:_MOST_NAMES])
    more = f" and {len(class_names) - _MOST_NAMES} more" if len(class_names) > _MOST_NAMES else ""
    colours = {1: "in grey", 3: "in colours"}.get(channels, f"of {channels} channels")
    return (
        f"A network of {joined(parts)}, with {weights:,} weights. It reads images of "
        f"{height} by {width} pixels {colours} and tells {len(class_names)} classes apart: "
        f"{shown}{more}."
    )


def _training_in_words(
    config: Mapping[str, Any], metrics: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """On which data it was trained, how, and with what result, as far as the run says."""
    dataset = config.get("dataset")
    name = dataset.get("name") if isinstance(dataset, Mapping) else None
    chosen = config.get("training")
    if name is not None and isinstance(chosen, Mapping):
        yield f"It was trained on {name}: {_choices(chosen)}."
    elif name is not None:
        yield f"Its data set is {name}."
    if isinstance(config.get("imported"), Mapping):
        yield f"Its weights were trained elsewhere: {config['imported'].get('weights')}."
    last = metrics[-1] if metrics else {}
    if isinstance(accuracy := last.get("test_accuracy"), float):
        loss, epoch = last.get("test_loss"), last.get("epoch")
        what = "loss" if "loss" in config else "cross-entropy"  # One that came from Python.
        mean = f" (mean {what} {loss:.4f})" if isinstance(loss, float) else ""
        yield f"Of the test images it tells {accuracy:.2%} right{mean}, after epoch {epoch}."


def _choices(chosen: Mapping[str, Any]) -> str:
    """The choices of a training that matter most, as far as they are told and made."""
    epochs = chosen.get("epochs")
    forms = {
        "epochs": f"{epochs} epoch{'' if epochs == 1 else 's'}",
        "batch_size": "batches of {}",
        "optimizer": "optimizer {}",
        "learning_rate": "learning rate {}",
        "schedule": "schedule {}",
        "l2": "L2 penalty {}",
        "shift": "shifted by up to {} pixels",
        "rotation": "turned by up to {} degrees",
        "scaling": "scaled by up to {}",
        "precision": "in {}",
        "seed": "seed {}",
    }
    unsaid = {"shift": 0, "rotation": 0, "scaling": 0, "l2": 0, "precision": "float32"}
    return joined(
        form.format(chosen[key])
        for key, form in forms.items()
        if chosen.get(key) is not None and chosen[key] != unsaid.get(key)
    )


def _row_of_layers(network: Network) -> str:
    """The layers in their order, with what each gives and holds."""
    rows = geometry(network.architecture, network.input_shape)
    texts = str(network.architecture).split()
    items = [("input", "image", network.input_shape, 0)]
    for text, row in zip(texts, rows, strict=True):
        items.append((row.name, text, row.output_shape, row.parameters))
    cells = (
        f"<li><b>{escaped(name)}</b><code>{escaped(text)}</code>"
        f"<span>{' &times; '.join(map(str, shape))}</span>"
        f"<span>{f'{weights:,} weights' if weights else 'no weights'}</span></li>"
        for name, text, shape, weights in items
    )
    return f'<ol class="layers" aria-label="layers">\n{"".join(cells)}\n</ol>'
