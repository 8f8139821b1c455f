#!/bin/bash
# ONNX's reference evaluator gives a max pool with auto_pad=SAME_LOWER and a stride a wrong shape or the wrong windows.
#
# Versions: onnx 1.23.2, onnxruntime 1.32.0, numpy 2.4.6.
# Expected: the specification's shape, ceil(input / stride), with the odd row of padding before
#   the input; the reference, by which runtimes are judged, agrees with ONNX Runtime as it does
#   for SAME_UPPER.
# Seen:
#   SAME_UPPER, 5 numbers, kernel 2: runtime [1, 3, 4], reference [1, 3, 4]
#   SAME_LOWER, 5 numbers, kernel 2: runtime [0, 2, 4], reference [2, 4]
#   SAME_UPPER, 6 numbers, kernel 3: runtime [2, 4, 5], reference [2, 4, 5]
#   SAME_LOWER, 6 numbers, kernel 3: runtime [1, 3, 5], reference [2, 4, 5]

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
from onnx.reference import ReferenceEvaluator


def pool_model(count, kernel, padding):
    node = helper.make_node(
        "MaxPool", ["x"], ["y"], kernel_shape=[kernel], strides=[2], auto_pad=padding
    )
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, count])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, 3])
    graph = helper.make_graph([node], "pool", [x], [y])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)


for count, kernel in ((5, 2), (6, 3)):
    for padding in ("SAME_UPPER", "SAME_LOWER"):
        model = pool_model(count, kernel, padding)
        images = {"x": np.arange(count, dtype=np.float32)[None, None]}
        session = onnxruntime.InferenceSession(model.SerializeToString())
        runtime, reference = (
            run(None, images)[0].astype(int).ravel().tolist()
            for run in (session.run, ReferenceEvaluator(model).run)
        )
        name = f"{padding}, {count} numbers, kernel {kernel}"
        print(f"{name}: runtime {runtime}, reference {reference}")
PYTHON
found=$(venv/bin/python finding.py)
printf 'Now:\n%s\n' "$found"
[ "$found" = "$seen" ] || { echo "The behaviour has changed."; exit 1; }
