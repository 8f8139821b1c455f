#!/bin/bash
# A Keras 3 *.weights.h5 file names its tensors by class and order and leaves out the names that the layers were given.
#
# Versions: keras 3.15.1 on tensorflow 2.21.0, h5py 3.14.0.
# Expected: layers/stem/kernel or the like: a layer put in between of the same class shifts all
#   names after it, so that a reader by name takes another layer's weights.
# Seen:
#   layers/conv2d/vars/0 (3, 3, 1, 4)
#   layers/conv2d/vars/1 (4,)
#   layers/conv2d_1/vars/0 (3, 3, 4, 8)
#   layers/conv2d_1/vars/1 (8,)

set -euo pipefail
sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
seen=$(sed -n '/^# Seen:/,/^$/s/^#   //p' "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check tensorflow==2.21.0 keras==3.15.1 h5py==3.14.0
cat >finding.py <<'PYTHON'
import h5py
import keras

model = keras.Sequential(
    [
        keras.layers.Input((28, 28, 1)),
        keras.layers.Conv2D(4, 3, name="stem"),
        keras.layers.Conv2D(8, 3, name="body"),
    ]
)
model.save_weights("net.weights.h5")


def show(name, item):
    if isinstance(item, h5py.Dataset) and name.startswith("layers"):
        print(name, item.shape)


with h5py.File("net.weights.h5") as file:
    file.visititems(show)
PYTHON
found=$(TF_CPP_MIN_LOG_LEVEL=3 venv/bin/python finding.py 2>errors) || { cat errors; exit 1; }
printf 'Now:\n%s\n' "$found"
[ "$found" = "$seen" ] || { echo "The behaviour has changed."; exit 1; }
