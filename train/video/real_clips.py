"""Predictions of a video checkpoint for real clips, printed one by one: too few for a score."""

from pathlib import Path

import pandas as pd

import mmsent
from mmsent.media import MediaError

SETS = (("text", "audio", "face"), ("text",), ("audio",), ("face",))


def check_clips(folder: Path, checkpoint: Path) -> None:
    """Prints a line a clip of ``folder``, which holds a labels.csv (columns file, text, Emotion,
    Sentiment): the truth, and the verdict from everything and from each modality alone, with its
    confidence; with the words that were typed, and with those that were heard."""
    video = mmsent.load("video", checkpoint)
    for row in pd.read_csv(folder / "labels.csv", keep_default_na=False).itertuples():
        print(f"{row.file}: {row.Emotion}, {row.Sentiment}: {row.text}", flush=True)
        path = folder / str(row.file)
        typed, recognised = video.watch(path), video.watch(path, recognise=True)
        print(f"    heard: {' '.join(cue.text for cue in recognised.recognised)}")
        for name, watched, words, sets in (
            ("typed", typed, str(row.text), SETS),
            ("heard", recognised, None, SETS[:2]),
        ):
            for modalities in sets:
                prefix = f"    {name} {'+'.join(modalities)}"
                try:
                    result = video.judge(watched, words, modalities)
                except MediaError as error:
                    print(f"{prefix}: {error}")
                    continue
                emotion, sentiment = result.emotion, result.sentiment
                right = "right" if emotion.top == row.Emotion else "wrong"
                unsure = ", not sure" if emotion.unsure else ""
                print(
                    f"{prefix}: {emotion.top} {emotion.confidence:.2f} ({right}{unsure}), "
                    f"{sentiment.top} {sentiment.confidence:.2f}"
                )
