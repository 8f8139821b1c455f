#!/bin/bash
# tf.random.stateless_uniform draws other numbers for the same seed when XLA compiles it.
#
# Versions: tensorflow 2.21.0, on a processor.
# Expected: the same numbers, as the seed is all that a stateless function knows.
#   Naming the algorithm does not help: both draw the bits of Philox, but make floats of the 23
#   lowest ones, and of the 23 highest under XLA. Whole numbers agree, so floats made of these do.
#   (With philox and a seed that is a Python constant the floats agree, too: they are computed
#   before XLA sees them.)
# Seen:
#   auto_select, eager:     [0.8440604, 0.1920453]
#   auto_select, under XLA: [0.2575079, 0.4046719]
#   philox, eager:          [0.8440604, 0.1920453]
#   philox, under XLA:      [0.2575079, 0.4046719]
#   bits, eager:            [0.8440604, 0.1920453]
#   bits, under XLA:        [0.8440604, 0.1920453]

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

SEED = tf.constant([1, 2])


def floats(algorithm):
    return lambda seed: tf.random.stateless_uniform((4,), seed, alg=algorithm)


def low_bits(seed):
    bits = tf.random.stateless_uniform((4,), seed, None, None, tf.uint32, alg="philox")
    return tf.cast(bits & tf.constant(2**23 - 1, tf.uint32), tf.float32) / 2**23


ways = {"auto_select": floats("auto_select"), "philox": floats("philox"), "bits": low_bits}
for algorithm, draw in ways.items():
    under_xla = tf.function(draw, jit_compile=True)
    for name, function in (("eager", draw), ("under XLA", under_xla)):
        numbers = [round(float(number), 7) for number in function(SEED)[:2]]
        print(f"{algorithm}, {name}:".ljust(23), numbers)
PYTHON
found=$(TF_CPP_MIN_LOG_LEVEL=3 venv/bin/python finding.py 2>errors) || { cat errors; exit 1; }
printf 'Now:\n%s\n' "$found"
[ "$found" = "$seen" ] || { echo "The behaviour has changed."; exit 1; }
