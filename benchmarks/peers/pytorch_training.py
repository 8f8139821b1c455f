"""Two epochs of the default network by PyTorch, eagerly; the second one is timed.

    python benchmarks/peers/pytorch_training.py DIGITS.npz BATCH_SIZE THREADS FORMAT [FOLDER]

The format is channels_last or NCHW. Prints a JSON object with seconds, accuracy and version. In the
folder it leaves the network, in the ways in which people keep one, and its logits of the test
images.
"""

from __future__ import annotations

import json
import pathlib
import sys
import time

import numpy as np
import torch
from torch import nn


def main() -> None:
    digits, batch_size = np.load(sys.argv[1]), int(sys.argv[2])
    torch.set_num_threads(int(sys.argv[3]))
    memory_format = {
        "channels_last": torch.channels_last,
        "NCHW": torch.contiguous_format,
    }[sys.argv[4]]
    torch.manual_seed(0)
    images, test_images = (
        torch.from_numpy(digits[name]).permute(0, 3, 1, 2).contiguous(memory_format=memory_format)
        for name in ("images", "test_images")
    )
    labels = torch.from_numpy(digits["labels"].astype(np.int64))
    model = nn.Sequential(
        *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(64, 64, 3), nn.ReLU(), nn.Flatten()),
        *(nn.Linear(576, 100), nn.ReLU(), nn.Linear(100, 10)),
    ).to(memory_format=memory_format)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    for _ in range(2):
        start = time.perf_counter()
        order = torch.randperm(len(images))
        for first in range(0, len(images), batch_size):
            chosen = order[first : first + batch_size]
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(images[chosen]), labels[chosen])
            loss.backward()
            optimizer.step()
        seconds = time.perf_counter() - start
    with torch.inference_mode():
        logits = model(test_images).numpy()
    classes = logits.argmax(axis=1)
    for folder in map(pathlib.Path, sys.argv[5:]):
        state = model.state_dict()
        torch.save(state, folder / "net.pth")
        torch.save({"epoch": 2, "model_state_dict": state}, folder / "checkpoint.pt")
        np.savez(folder / "net.npz", **{name: tensor.numpy() for name, tensor in state.items()})
        np.save(folder / "logits.npy", logits)
    accuracy = float(np.mean(classes == digits["test_labels"]))
    version = f"PyTorch {torch.__version__}"
    print(json.dumps({"seconds": seconds, "accuracy": accuracy, "version": version}))


if __name__ == "__main__":
    main()
