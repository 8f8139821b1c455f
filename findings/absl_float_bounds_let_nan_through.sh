#!/bin/bash
# A float flag of absl with both bounds takes nan.
#
# Versions: absl-py 2.5.1.
# Expected: an error, as for 1.5: nan is not between 0 and 1. A learning rate of nan then ruins a
#   training at its first step.
# Seen:
#   1.5: flag --rate=1.5: 1.5 is not a number in the range [0.0, 1.0]
#   nan: nan

set -euo pipefail
sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
seen=$(sed -n '/^# Seen:/,/^$/s/^#   //p' "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check absl-py==2.5.1
cat >finding.py <<'PYTHON'
from absl import flags

for text in ("1.5", "nan"):
    values = flags.FlagValues()
    flags.DEFINE_float("rate", 0.5, "", lower_bound=0.0, upper_bound=1.0, flag_values=values)
    try:
        values(["program", f"--rate={text}"])
        print(f"{text}:", values.rate)
    except flags.IllegalFlagValueError as error:
        print(f"{text}:", error)
PYTHON
found=$(venv/bin/python finding.py)
printf 'Now:\n%s\n' "$found"
[ "$found" = "$seen" ] || { echo "The behaviour has changed."; exit 1; }
