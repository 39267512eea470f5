"""Make the speech encoder that transcription and the voice share: a Whisper, unchanged, in half
precision, with its tokenizer.

    python -m train.speech --whisper FOLDER                            # FOLDER as transformers has it, or a name on the Hub
    python -m train.speech --whisper FOLDER --clips ../shared/data/meld/clips     # and how many words it gets wrong there

What ships is Whisper tiny.en. Nothing of it is trained here. Whoever changes it retrains
train.video, which names it by its sha256 and refuses another.

--clips wants clips and a labels.csv beside them with the columns file and text.
"""

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from transformers import WhisperFeatureExtractor, WhisperForConditionalGeneration, WhisperTokenizer

from mmsent import hub
from mmsent.clips import Sound, open_clip
from mmsent.console import manual_parser
from mmsent.pipelines.clip_sound import SoundWatcher
from mmsent.pipelines.speech import SpeechFeatures
from mmsent.transcribe import transcribe
from mmsent.version import __version__
from train.common.card_text import table
from train.common.provenance import origin

CARD = """---
library_name: mmsent
license: mit
license_name: mit
pipeline_tag: automatic-speech-recognition
language: en
tags:
- mmsent
- whisper
model-index:
- name: 'mmsent speech: the ear that words and voice share'
  results:
  - task:
      type: automatic-speech-recognition
    dataset:
      name: {dataset}
      type: clips
      split: test
    metrics:
    - type: wer
      value: {error}
      name: Word error
---
# mmsent speech: the ear that words and voice share

Whisper tiny.en (Radford et al. 2022, arXiv:2212.04356; 39 million parameters, English), exactly as OpenAI published it in half
precision, in the format of transformers, with its tokenizer. The whole of it writes down what is said in a clip; the first
layers of its encoder, averaged over time, are what the video model hears of a voice.

## Use

```python
from mmsent.pipelines.speech import speech_features
from mmsent.transcribe import transcribe
from mmsent.version import __version__

ear = speech_features("<folder or owner/name@revision>")
cues, notes = transcribe(samples, [(0.0, 4.2)], ear)      # mono, 16,000 a second, -1..1; where somebody speaks, in seconds
```

**Meant for** writing down English speech in demonstrations, teaching and research, and for features under a small classifier.

**Not meant for** recognising people, decisions about them, or anything in which a wrong word does harm: it gets many wrong, and
can invent some.

## Data and terms

The weights are OpenAI's, under the MIT licence (Copyright 2022 OpenAI); they were trained on 680,000 hours of sound from the
web, whose terms are not known. Nothing was trained here. sha256 of `model.safetensors`: `{sha256}`.

The code of mmsent is Apache-2.0; these weights carry the MIT licence.

## Scores

{scores}

## Recipe

{recipe}

## Limits

* English only. Of other languages it makes English words; where they are too improbable they are left out, and a note says so.
* Of laughter, applause and music together with speech it hears less; names are often wrong.
* Speech of accents and dialects that are rare on the web is heard worse (Radford et al. 2022).
"""


def normalized_words(text: str) -> list[str]:
    """The words of a text in lower case, without accents and punctuation."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    return re.findall(r"[a-z0-9']+", plain)


def word_errors(reference: list[str], hypothesis: list[str]) -> int:
    """The edit distance of two lists of words (Levenshtein): insertions, deletions, replacements."""
    row = list(range(len(hypothesis) + 1))
    for i, word in enumerate(reference, 1):
        row, before = [i], row
        for j, other in enumerate(hypothesis, 1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (word != other)))
    return row[-1]


def transcribe_clip(path: Path, ear: SpeechFeatures) -> str:
    """The transcript of a clip by speech recognition."""
    watcher = SoundWatcher(keep_samples=True)
    with open_clip(path, 1.0) as clip:
        for part in clip:
            if isinstance(part, Sound):
                watcher.add(part)
    return " ".join(cue.text for cue in transcribe(watcher.samples(), watcher.stretches(), ear)[0])


def measure_word_error(folder: Path, ear: SpeechFeatures) -> dict[str, Any]:
    """The word error over all clips of a folder; prints each clip's reference and hypothesis."""
    rows = []
    for row in pd.read_csv(folder / "labels.csv", keep_default_na=False).itertuples():
        reference, hypothesis = (
            normalized_words(str(row.text)),
            normalized_words(transcribe_clip(folder / str(row.file), ear)),
        )
        rows.append({"n": len(reference), "errors": word_errors(reference, hypothesis)})
        print(row.file, rows[-1], str(row.text), "|", " ".join(hypothesis), flush=True)
    n, errors = (sum(row[name] for row in rows) for name in ("n", "errors"))
    return {"clips": len(rows), "n": n, "errors": errors, "word_error": round(errors / n, 4)}


def write_checkpoint(whisper: str, out: Path, clips: Path | None) -> None:
    """Writes the checkpoint to ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    net = WhisperForConditionalGeneration.from_pretrained(whisper, dtype=torch.float16)
    net.save_pretrained(out)
    (out / "model.safetensors").chmod(0o644)
    WhisperTokenizer.from_pretrained(whisper).save_pretrained(out)
    WhisperFeatureExtractor.from_pretrained(whisper).save_pretrained(out)
    (out / "LICENSE.md").write_text(LICENCE, encoding="utf-8")
    sha256 = hub.sha256(out / "model.safetensors")
    training = {"data": "none: the weights are OpenAI's", **origin([]), "sha256": sha256}
    config = {
        "format": hub.FORMAT,
        "mmsent_version": __version__,
        "task": "speech",
        "training": training,
    }
    transformers = json.loads((out / "config.json").read_text(encoding="utf-8"))
    (out / "config.json").write_text(
        json.dumps(config | transformers, indent=2) + "\n", encoding="utf-8"
    )
    metrics = hub.save_metrics(
        out, {"test": measure_word_error(clips, SpeechFeatures(out)) if clips else None}
    )
    (out / "README.md").write_text(card(training, metrics["test"]), encoding="utf-8")


def card(training: dict[str, Any], found: dict[str, Any] | None) -> str:
    scores = "None were taken."
    if found:
        head = ["clips of a television comedy", "words", "word error"]
        body = [[str(found["clips"]), str(found["n"]), f"{found['word_error']:.3f}"]]
        scores = f"All words together, every wrong, missing or added word counting once:\n\n{table(head, body)}"
    recipe = table(
        ["what", "value"],
        [[name.replace("_", " "), str(value)] for name, value in training.items()],
    )
    error = found["word_error"] if found else "none"
    return CARD.format(
        dataset="clips of MELD's dev part",
        error=error,
        sha256=training["sha256"],
        scores=scores,
        recipe=recipe,
    )


def main() -> None:
    parser = manual_parser("python -m train.speech", __doc__)
    parser.add_argument(
        "--whisper", required=True, help="a folder as transformers has it, or a name on the Hub"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("runs/speech/checkpoint"), help="the checkpoint"
    )
    parser.add_argument(
        "--clips", type=Path, help="clips with a labels.csv to count wrong words on"
    )
    args = parser.parse_args()
    write_checkpoint(args.whisper, args.out, args.clips)


LICENCE = """# MIT License

Copyright (c) 2022 OpenAI

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files
(the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify,
merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


if __name__ == "__main__":
    main()
