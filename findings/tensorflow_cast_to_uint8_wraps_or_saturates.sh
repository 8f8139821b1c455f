#!/bin/bash
# A pixel of 300 cast to uint8 is 44 in TensorFlow and 255 in the same function under XLA, in LiteRT.
#
# Versions: tensorflow 2.21.0 and ai-edge-litert 2.3.0, on an x86 processor.
# Expected: one answer for one program: a picture that overshoots (after bicubic resizing, say)
#   turns black in one and white in the other. tf.saturate_cast agrees everywhere.
# Seen:
#   TensorFlow, eager: [255, 0, 44]
#   TensorFlow under XLA: [0, 255, 255]
#   LiteRT: [0, 255, 255]
#   saturate_cast: [0, 255, 255]

set -euo pipefail
sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
seen=$(sed -n '/^# Seen:/,/^$/s/^#   //p' "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check tensorflow==2.21.0 ai-edge-litert==2.3.0
cat >finding.py <<'PYTHON'
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter


def cast(x):
    return tf.cast(x, tf.uint8)


pixels = tf.constant([-1.0, 256.0, 300.0])
traced = tf.function(cast, input_signature=[tf.TensorSpec((3,))])
concrete = traced.get_concrete_function()
model = tf.lite.TFLiteConverter.from_concrete_functions([concrete], traced).convert()
interpreter = Interpreter(model_content=model)
interpreter.allocate_tensors()
interpreter.set_tensor(interpreter.get_input_details()[0]["index"], pixels.numpy())
interpreter.invoke()
lite = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
print("TensorFlow, eager:", cast(pixels).numpy().tolist())
print("TensorFlow under XLA:", tf.function(cast, jit_compile=True)(pixels).numpy().tolist())
print("LiteRT:", lite.tolist())
print("saturate_cast:", tf.saturate_cast(pixels, tf.uint8).numpy().tolist())
PYTHON
found=$(TF_CPP_MIN_LOG_LEVEL=3 venv/bin/python finding.py 2>errors) || { cat errors; exit 1; }
printf 'Now:\n%s\n' "$found"
[ "$found" = "$seen" ] || { echo "The behaviour has changed."; exit 1; }
