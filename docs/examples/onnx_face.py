"""Reads a face crop with the file of "mmsent export face": pip install onnxruntime pillow, then

python docs/examples/onnx_face.py face.onnx crop.png
"""

import json
import sys

import numpy as np
import onnxruntime
from PIL import Image

session = onnxruntime.InferenceSession(sys.argv[1])
about = {k: json.loads(v) for k, v in session.get_modelmeta().custom_metadata_map.items()}
size, steps = about["preprocessing"]["pixels"]["size"], about["calibration"]["emotion"]["*"]

crop = np.asarray(Image.open(sys.argv[2]).convert("L").resize((size, size)))
(logits,) = session.run(["emotion"], {"pixels": crop[None, None]})[0]
scaled = (logits + steps["bias"]) / steps["temperature"]
scaled = np.exp(scaled - scaled.max())
probs = dict(zip(about["labels"]["emotion"], (scaled / scaled.sum()).tolist(), strict=True))
unsure = max(probs.values()) < steps["threshold"]
print(json.dumps({"probabilities": probs, "unsure": unsure}))
