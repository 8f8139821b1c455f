#!/bin/bash
# LiteRT's Interpreter refuses a batch of two where its own signature runner takes it from the same file.
#
# Versions: tensorflow 2.21.0, ai-edge-litert 2.3.0.
# Expected: the model says [None, 28, 28, 1], so both take any number of images; the interpreter
#   wants resize_tensor_input before, and says only that the dimension does not match.
# Seen:
#   the model's own shape: [-1, 28, 28, 1]
#   the interpreter: ValueError
#   the interpreter after resize_tensor_input: (2, 28, 28, 1)
#   the signature runner: (2, 28, 28, 1)

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


class Half(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec((None, 28, 28, 1), name="images")])
    def halve(self, images):
        return {"half": images / 2}


module = Half()
concrete = module.halve.get_concrete_function()
tf.saved_model.save(module, "half", signatures=concrete)
model = tf.lite.TFLiteConverter.from_saved_model("half").convert()
images = np.ones((2, 28, 28, 1), np.float32)
interpreter = Interpreter(model_content=model)
[about] = interpreter.get_input_details()
print("the model's own shape:", about["shape_signature"].tolist())
interpreter.allocate_tensors()
try:
    interpreter.set_tensor(about["index"], images)
    print("the interpreter: taken")
except ValueError:
    print("the interpreter: ValueError")
interpreter.resize_tensor_input(about["index"], images.shape)
interpreter.allocate_tensors()
interpreter.set_tensor(about["index"], images)
interpreter.invoke()
half = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
print("the interpreter after resize_tensor_input:", half.shape)
runner = Interpreter(model_content=model).get_signature_runner()
print("the signature runner:", runner(images=images)["half"].shape)
PYTHON
found=$(TF_CPP_MIN_LOG_LEVEL=3 venv/bin/python finding.py 2>errors) || { cat errors; exit 1; }
printf 'Now:\n%s\n' "$found"
[ "$found" = "$seen" ] || { echo "The behaviour has changed."; exit 1; }
