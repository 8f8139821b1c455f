#!/bin/bash
# safetensors.numpy.save writes an array that is not contiguous as it lies in memory.
#
# Versions: safetensors 0.8.0, numpy 2.4.6.
# Expected: the array that was given, or an error as safetensors.torch has for it; a kernel that
#   was transposed for another layout is such an array.
# Seen:
#   saved:  [[0, 3], [1, 4], [2, 5]]
#   loaded: [[0, 1], [2, 3], [4, 5]]
#   after numpy.ascontiguousarray: [[0, 3], [1, 4], [2, 5]]

set -euo pipefail
sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
seen=$(sed -n '/^# Seen:/,/^$/s/^#   //p' "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check safetensors==0.8.0 numpy==2.4.6
cat >finding.py <<'PYTHON'
import numpy as np
from safetensors.numpy import load, save

array = np.arange(6, dtype=np.int32).reshape(2, 3).T
print("saved: ", array.tolist())
print("loaded:", load(save({"kernel": array}))["kernel"].tolist())
contiguous = np.ascontiguousarray(array)
print("after numpy.ascontiguousarray:", load(save({"kernel": contiguous}))["kernel"].tolist())
PYTHON
found=$(venv/bin/python finding.py)
printf 'Now:\n%s\n' "$found"
[ "$found" = "$seen" ] || { echo "The behaviour has changed."; exit 1; }
