#!/bin/bash
# ONNX Runtime's ELU and SELU make 0 of a negative number near 0: they subtract 1 from its exponential.
#
# Versions: onnxruntime 1.32.0, onnx 1.23.2, numpy 2.4.6.
# Expected: x for a small x, which expm1 gives and ONNX's reference evaluator, LiteRT and
#   TensorFlow.js print. TensorFlow 2.21.0 on a processor does as ONNX Runtime does; compiled by
#   XLA it is right.
# Seen:
#   Elu of -1e-08: runtime 0.000e+00, reference -1.000e-08
#   Elu of -5e-08: runtime -5.960e-08, reference -5.000e-08
#   Elu of -1e-05: runtime -1.001e-05, reference -1.000e-05
#   Selu of -1e-08: runtime 0.000e+00, reference -1.758e-08
#   Selu of -5e-08: runtime -1.048e-07, reference -8.790e-08
#   Selu of -1e-05: runtime -1.760e-05, reference -1.758e-05

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

numbers = np.array([-1e-8, -5e-8, -1e-5], np.float32)
for operation in ("Elu", "Selu"):
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [3]) for name in "xy")
    graph = helper.make_graph([helper.make_node(operation, ["x"], ["y"])], operation, [x], [y])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    [runtime] = session.run(None, {"x": numbers})
    [reference] = ReferenceEvaluator(model).run(None, {"x": numbers})
    for number, fast, right in zip(numbers, runtime, reference, strict=True):
        print(f"{operation} of {number:.0e}: runtime {fast:.3e}, reference {right:.3e}")
PYTHON
found=$(venv/bin/python finding.py)
printf 'Now:\n%s\n' "$found"
[ "$found" = "$seen" ] || { echo "The behaviour has changed."; exit 1; }
