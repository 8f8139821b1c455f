#!/bin/bash
# bfloat16 goes into .npy and HDF5 files without an error and comes back as two bytes of no type.
#
# Versions: numpy 2.4.6, ml_dtypes 0.6.0, h5py 3.14.0, safetensors 0.8.0.
# Expected: the dtype back, or an error when it is written. safetensors, which writes it rightly,
#   cannot read it into NumPy.
# Seen:
#   npy: |V2 [b'\x80?', b'\x00@']
#   HDF5: |V2 [b'\x80?', b'\x00@']
#   safetensors: KeyError 'BF16'
#   read as what it was: bfloat16 [1.0, 2.0]

set -euo pipefail
sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
seen=$(sed -n '/^# Seen:/,/^$/s/^#   //p' "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check numpy==2.4.6 ml_dtypes==0.6.0 h5py==3.14.0 safetensors==0.8.0
cat >finding.py <<'PYTHON'
import h5py
import ml_dtypes
import numpy as np
from safetensors.numpy import load, save

array = np.array([1, 2], ml_dtypes.bfloat16)
np.save("array.npy", array)
loaded = np.load("array.npy")
print("npy:", loaded.dtype, loaded.tolist())
with h5py.File("array.h5", "w") as file:
    file["array"] = array
with h5py.File("array.h5") as file:
    print("HDF5:", file["array"].dtype, file["array"][()].tolist())
try:
    print("safetensors:", load(save({"array": array}))["array"].dtype)
except KeyError as error:
    print("safetensors: KeyError", error)
back = loaded.view(ml_dtypes.bfloat16)
print("read as what it was:", back.dtype, back.astype(float).tolist())
PYTHON
found=$(venv/bin/python finding.py)
printf 'Now:\n%s\n' "$found"
[ "$found" = "$seen" ] || { echo "The behaviour has changed."; exit 1; }
