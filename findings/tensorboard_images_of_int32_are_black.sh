#!/bin/bash
# tf.summary.image shows grey levels of 0 to 255 as black if their type is int32.
#
# Versions: tensorflow 2.21.0, tensorboard 2.21.0.
# Expected: 200 of 255, or an error for a type that is not uint8: wider integers are scaled by
#   their type's largest value, 2,147,483,647 here.
# Seen:
#   uint8 200 is shown as 200
#   int32 200 is shown as 0

set -euo pipefail
sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
seen=$(sed -n '/^# Seen:/,/^$/s/^#   //p' "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check tensorflow==2.21.0 tensorboard==2.21.0
cat >finding.py <<'PYTHON'
import pathlib

import tensorflow as tf
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

for dtype in (tf.uint8, tf.int32):
    folder = pathlib.Path(dtype.name)
    writer = tf.summary.create_file_writer(str(folder))
    with writer.as_default():
        tf.summary.image("grey", tf.fill((1, 2, 2, 1), tf.constant(200, dtype)), step=0)
    writer.close()
    [file] = folder.iterdir()
    [value] = [value for event in EventFileLoader(str(file)).Load() for value in event.summary.value]
    shown = tf.io.decode_png(value.tensor.string_val[2])
    print(f"{dtype.name} 200 is shown as {int(shown[0, 0, 0])}")
PYTHON
found=$(TF_CPP_MIN_LOG_LEVEL=3 venv/bin/python finding.py 2>errors) || { cat errors; exit 1; }
printf 'Now:\n%s\n' "$found"
[ "$found" = "$seen" ] || { echo "The behaviour has changed."; exit 1; }
