#!/bin/bash
# The gradient of tf.nn.bias_add in bfloat16 adds up in bfloat16: the sum of 43,264 ones is 256.
#
# Versions: tensorflow 2.21.0, on a processor.
# Expected: 43,264, rounded to bfloat16 (43,264 itself): sums of low precision are added up in
#   float32, as tf.reduce_sum does. A real gradient of a convolution's bias loses less, about a
#   tenth.
# Seen:
#   the gradient: 256.0
#   tf.reduce_sum of the same ones: 43264.0
#   the gradient in float32: 43264.0

set -euo pipefail
sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
seen=$(sed -n '/^# Seen:/,/^$/s/^#   //p' "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check tensorflow==2.21.0
cat >finding.py <<'PYTHON'
import tensorflow as tf


def gradient(dtype):
    maps = tf.zeros((64, 26, 26, 1), dtype)  # A batch of conv1's maps.
    bias = tf.Variable(tf.zeros((1,), dtype))
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(tf.nn.bias_add(maps, bias))
    return float(tape.gradient(total, bias)[0])


print("the gradient:", gradient(tf.bfloat16))
ones = tf.ones((64, 26, 26, 1), tf.bfloat16)
print("tf.reduce_sum of the same ones:", float(tf.reduce_sum(ones)))
print("the gradient in float32:", gradient(tf.float32))
PYTHON
found=$(TF_CPP_MIN_LOG_LEVEL=3 venv/bin/python finding.py 2>errors) || { cat errors; exit 1; }
printf 'Now:\n%s\n' "$found"
[ "$found" = "$seen" ] || { echo "The behaviour has changed."; exit 1; }
