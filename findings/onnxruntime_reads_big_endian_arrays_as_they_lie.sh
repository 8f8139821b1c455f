#!/bin/bash
# ONNX Runtime takes a big-endian NumPy array as if its bytes were little-endian.
#
# Versions: onnxruntime 1.32.0, numpy 2.4.6, on a little-endian machine.
# Expected: an array of dtype >f4, as numpy.frombuffer gives for an IDX file, is converted
#   (TensorFlow does so) or refused; not denormal numbers that are read without a word.
# Seen:
#   the input: [1.0, 2.0, 3.0]
#   its bytes, the other way round: [4.6006e-41, 8.9683e-44, 2.3049e-41]
#   what Identity gives: [4.6006e-41, 8.9683e-44, 2.3049e-41]

set -euo pipefail
sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
seen=$(sed -n '/^# Seen:/,/^$/s/^#   //p' "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cat >finding.py <<'PYTHON'
import numpy as np
import onnxruntime
from onnx import TensorProto, helper

x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [3]) for name in "xy")
graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "copy", [x], [y])
opset = helper.make_opsetid("", 19)
model = helper.make_model(graph, opset_imports=[opset], ir_version=9).SerializeToString()
session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])


def short(values):
    return [float(f"{value:.5g}") for value in values]


array = np.array([1, 2, 3], ">f4")
print("the input:", array.tolist())
print("its bytes, the other way round:", short(array.view("<f4")))
print("what Identity gives:", short(session.run(["y"], {"x": array})[0]))
PYTHON
found=$(venv/bin/python finding.py)
printf 'Now:\n%s\n' "$found"
[ "$found" = "$seen" ] || { echo "The behaviour has changed."; exit 1; }
