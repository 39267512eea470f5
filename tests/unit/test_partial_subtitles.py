"""Subtitles inside a file that say only a part are no transcript of it."""

from pathlib import Path

import pytest
from av.stream import Disposition

from mmsent.clips import open_clip
from mmsent.pipelines.clip_choice import PARTIAL_SUBTITLES, embedded_transcript
from tests.clip_media import Made, write_tracks

SIGN = [(0.2, 0.9, "A sign")]


@pytest.mark.parametrize(
    "track",
    [
        Made(SIGN, language="eng", flags=Disposition.forced),
        Made(SIGN, "Signs & Songs", "eng"),
        Made(SIGN, "English (Forced)", "eng"),
        Made(SIGN, "Commentary", "eng"),
    ],
    ids=["forced", "signs", "forced by name", "commentary"],
)
def test_what_does_not_say_it_all_is_told_and_not_read(tmp_path: Path, track: Made) -> None:
    with open_clip(write_tracks(tmp_path / "clip.mkv", [Made(None), track])) as clip:
        list(clip)
    assert embedded_transcript(clip) == (None, PARTIAL_SUBTITLES)
