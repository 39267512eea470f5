"""Reads a review with the files of "mmsent export text" and "mmsent export review": pip install
onnxruntime tokenizers, then

python docs/examples/onnx_review.py text.onnx review.onnx "The strap broke after a day."
"""

import json
import sys

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

text, head = map(onnxruntime.InferenceSession, sys.argv[1:3])
encoder, about = (
    {k: json.loads(v) for k, v in one.get_modelmeta().custom_metadata_map.items()}
    for one in (text, head)
)
tokenizer = Tokenizer.from_str(json.dumps(encoder["tokenizer"]))
tokenizer.no_padding()
tokenizer.enable_truncation(encoder["preprocessing"]["ids"]["max_length"])
first = tokenizer.encode(sys.argv[3].split(), is_pretokenized=True)
states, ids = [], []
for window in (first, *first.overflowing):  # a long text has several
    words = ~np.array(window.special_tokens_mask, bool)
    ids.append(np.array(window.ids)[words])
    states.append(text.run(["states"], {"ids": np.array([window.ids])})[0][0][words])

nets = {one.name: one.shape for one in head.get_inputs()}
feed = {
    "tokens": np.concatenate(states)[None],
    "token_mask": np.ones((1, sum(map(len, ids))), bool),
    "patches": np.zeros((1, 1, nets["patches"][2]), np.float32),  # no photo
    "patch_mask": np.zeros((1, 1), bool),
    "ids": np.concatenate(ids)[None],
}
(logits,) = head.run(["sentiment"], feed)[0]
steps = about["calibration"]["sentiment"]["text"]
scaled = (logits + steps["bias"]) / steps["temperature"]
scaled = np.exp(scaled - scaled.max())
probs = dict(zip(about["labels"]["sentiment"], (scaled / scaled.sum()).tolist(), strict=True))
print(json.dumps({"probabilities": probs, "unsure": max(probs.values()) < steps["threshold"]}))
