#!/bin/bash
# Pillow makes nearly all of a 16-bit grey PNG white, where it scales a 16-bit colour PNG.
#
# Versions: pillow 13.0.0, numpy 2.4.6.
# Expected: convert("L") of 32768, half of the range, is about 128 whether the file is grey or
#   colour, as TensorFlow's decode_png gives for both.
# Seen:
#   grey, opened as I;16: [0, 255, 255, 255, 255]
#   colour, opened as RGB: [0, 1, 16, 128, 255]

set -euo pipefail
sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
seen=$(sed -n '/^# Seen:/,/^$/s/^#   //p' "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check pillow==13.0.0 numpy==2.4.6
cat >finding.py <<'PYTHON'
import io
import struct
import zlib

import numpy as np
from PIL import Image


def png(row, colour_type):
    def chunk(name, body):
        checksum = zlib.crc32(name + body)
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", checksum)

    header = struct.pack(">2I5B", len(row), 1, 16, colour_type, 0, 0, 0)
    pixels = zlib.compress(b"\0" + row.astype(">u2").tobytes())
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + chunks)


grey = np.array([0, 300, 4096, 32768, 65535])
for name, file in (("grey", png(grey, 0)), ("colour", png(np.stack([grey] * 3, axis=1), 2))):
    image = Image.open(file)
    print(f"{name}, opened as {image.mode}:", np.asarray(image.convert("L"))[0].tolist())
PYTHON
found=$(venv/bin/python finding.py)
printf 'Now:\n%s\n' "$found"
[ "$found" = "$seen" ] || { echo "The behaviour has changed."; exit 1; }
