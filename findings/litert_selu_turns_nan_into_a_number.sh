#!/bin/bash
# LiteRT's SELU makes -1.758 of NaN; its ELU and ReLU keep NaN.
#
# Versions: tensorflow 2.21.0, ai-edge-litert 2.3.0.
# Expected: NaN, as TensorFlow gives for the function that was converted.
# Seen:
#   relu: TensorFlow nan, LiteRT nan
#   elu: TensorFlow nan, LiteRT nan
#   selu: TensorFlow nan, LiteRT -1.7581

set -euo pipefail
sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
seen=$(sed -n '/^# Seen:/,/^$/s/^#   //p' "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check tensorflow==2.21.0 ai-edge-litert==2.3.0
cat >finding.py <<'PYTHON'
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

nan = np.full((4,), np.nan, np.float32)
for name in ("relu", "elu", "selu"):
    traced = tf.function(getattr(tf.nn, name), input_signature=[tf.TensorSpec((4,))])
    concrete = traced.get_concrete_function()
    model = tf.lite.TFLiteConverter.from_concrete_functions([concrete], traced).convert()
    interpreter = Interpreter(model_content=model)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], nan)
    interpreter.invoke()
    lite = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    print(f"{name}: TensorFlow {traced(nan)[0]:.4f}, LiteRT {lite[0]:.4f}")
PYTHON
found=$(TF_CPP_MIN_LOG_LEVEL=3 venv/bin/python finding.py 2>errors) || { cat errors; exit 1; }
printf 'Now:\n%s\n' "$found"
[ "$found" = "$seen" ] || { echo "The behaviour has changed."; exit 1; }
