#!/bin/bash
# A maximum over NaN is a number in TensorFlow's pool, NaN in its reduce_max.
#
# Versions: tensorflow 2.21.0, on a processor.
# Expected: NaN, as NumPy and tf.reduce_max give: a network whose maps are ruined then shows it. A
#   window of NaN alone gives the lowest float32, -inf under XLA.
# Seen:
#   pool of 1, NaN, 2, 3: 3.0
#   pool of NaN alone: -3.4028234663852886e+38
#   the same under XLA: 3.0 -inf
#   reduce_max: nan nan

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

nan = float("nan")
some = tf.reshape([1.0, nan, 2.0, 3.0], (1, 2, 2, 1))
alone = tf.fill((1, 2, 2, 1), nan)


def pool(x):
    return tf.nn.max_pool2d(x, 2, 2, "VALID")


under_xla = tf.function(pool, jit_compile=True)
print("pool of 1, NaN, 2, 3:", pool(some).numpy().item())
print("pool of NaN alone:", pool(alone).numpy().item())
print("the same under XLA:", under_xla(some).numpy().item(), under_xla(alone).numpy().item())
print("reduce_max:", float(tf.reduce_max(some)), float(tf.reduce_max(alone)))
PYTHON
found=$(TF_CPP_MIN_LOG_LEVEL=3 venv/bin/python finding.py 2>errors) || { cat errors; exit 1; }
printf 'Now:\n%s\n' "$found"
[ "$found" = "$seen" ] || { echo "The behaviour has changed."; exit 1; }
