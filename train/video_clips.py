"""What a video checkpoint says of real clips, told one by one: too few to be a score."""

from pathlib import Path

import pandas as pd

import mmsent
from mmsent.media import MediaError


def check_clips(folder: Path, checkpoint: Path) -> None:
    """Prints a line a clip of ``folder``, which holds a labels.csv (columns file, text, Emotion, Sentiment): the truth, and the
    verdict from everything and from each modality alone, with its confidence."""
    video = mmsent.load("video", checkpoint)
    for row in pd.read_csv(folder / "labels.csv", keep_default_na=False).itertuples():
        print(f"{row.file}: {row.Emotion}, {row.Sentiment}: {row.text}")
        for chosen in (("text", "audio", "face"), ("text",), ("audio",), ("face",)):
            try:
                result = video.predict(folder / str(row.file), str(row.text), chosen)
            except MediaError as error:
                print(f"    {'+'.join(chosen)}: {error}")
                continue
            emotion, sentiment = result.emotion, result.sentiment
            right = "right" if emotion.top == row.Emotion else "wrong"
            unsure = ", not sure" if emotion.unsure else ""
            print(
                f"    {'+'.join(chosen)}: {emotion.top} {emotion.confidence:.2f} ({right}{unsure}), "
                f"{sentiment.top} {sentiment.confidence:.2f}"
            )
