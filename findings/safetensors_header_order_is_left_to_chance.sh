#!/bin/bash
# Equal tensors and metadata give other safetensors bytes in every process.
#
# Versions: safetensors 0.8.0, numpy 2.4.6.
# Expected: equal bytes, so that a file's SHA-256 says whether two networks are equal. The tensors
#   are sorted; the metadata's order is that of a hash map with a random seed.
# Seen:
#   20 processes wrote more than one file: True
#   with one metadata entry they wrote one: True

set -euo pipefail
sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
seen=$(sed -n '/^# Seen:/,/^$/s/^#   //p' "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check safetensors==0.8.0 numpy==2.4.6
cat >finding.py <<'PYTHON'
import subprocess
import sys

PROGRAM = '''
import hashlib, sys
import numpy as np
from safetensors.numpy import save
metadata = {name: "1" for name in sys.argv[1]}
print(hashlib.sha256(save({"a": np.zeros(3), "b": np.ones(3)}, metadata)).hexdigest())
'''


def files(names):
    command = [sys.executable, "-c", PROGRAM, names]
    return {subprocess.run(command, capture_output=True, check=True).stdout for _ in range(20)}


print("20 processes wrote more than one file:", len(files("pqrstu")) > 1)
print("with one metadata entry they wrote one:", len(files("p")) == 1)
PYTHON
found=$(venv/bin/python finding.py)
printf 'Now:\n%s\n' "$found"
[ "$found" = "$seen" ] || { echo "The behaviour has changed."; exit 1; }
