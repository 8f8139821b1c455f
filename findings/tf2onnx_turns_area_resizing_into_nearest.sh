#!/bin/bash
# tf2onnx converts tf.image.resize with method="area" to a nearest-neighbour resize, without a word.
#
# Versions: tensorflow 2.21.0, tf2onnx 1.17.0, onnxruntime 1.32.0.
# Expected: the mean of each area, or an error, as the converter has for operations that ONNX
#   lacks.
# Seen:
#   TensorFlow: [2.5, 4.5, 10.5, 12.5]
#   ONNX Runtime: [0.0, 2.0, 8.0, 10.0]

set -euo pipefail
sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
seen=$(sed -n '/^# Seen:/,/^$/s/^#   //p' "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check tensorflow==2.21.0 tf2onnx==1.17.0 onnxruntime==1.32.0 onnx==1.23.2
cat >finding.py <<'PYTHON'
import numpy as np
import onnxruntime
import tensorflow as tf
import tf2onnx


@tf.function(input_signature=[tf.TensorSpec((1, 4, 4, 1), name="images")])
def shrink(images):
    return tf.image.resize(images, (2, 2), method="area")


images = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1)
model, _ = tf2onnx.convert.from_function(shrink, shrink.input_signature, opset=15)
session = onnxruntime.InferenceSession(model.SerializeToString())
print("TensorFlow:", shrink(images).numpy().ravel().tolist())
print("ONNX Runtime:", session.run(None, {"images": images})[0].ravel().tolist())
PYTHON
found=$(TF_CPP_MIN_LOG_LEVEL=3 venv/bin/python finding.py 2>errors) || { cat errors; exit 1; }
printf 'Now:\n%s\n' "$found"
[ "$found" = "$seen" ] || { echo "The behaviour has changed."; exit 1; }
