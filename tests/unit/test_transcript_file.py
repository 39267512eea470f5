"""Transcripts from files: read in their encoding, or told; the name of a file is not taken for what
is said."""

import os

import pytest

from mmsent.media import MediaError
from mmsent.transcripts.open_file import MAX_BYTES, names_a_file, open_transcript
from tests.transcript_notations import SRT

GERMAN = SRT.replace("hate", "hasse schön")
SAID = ["I hasse schön this so much.", "This is the worst day of my life."]


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", ""),
        ("utf-16-le", ""),
        ("utf-16-be", ""),
        ("utf-32", ""),
        ("cp1252", "Windows-1252"),
    ],
)
def test_a_file_is_read_in_its_encoding(tmp_path, encoding, told):
    file = tmp_path / "clip.srt"
    file.write_bytes(GERMAN.encode(encoding))
    read = open_transcript(file)
    assert [cue.text for cue in read.said] == SAID
    assert len(read.notes) == bool(told)
    assert told in "".join(read.notes)


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("cp1251", "Я это ненавижу"), ("shift_jis", "大嫌いです"), ("koi8-r", "Это ужасно")],
)
def test_other_letters_are_not_read_as_western_ones(tmp_path, encoding, said):
    file = tmp_path / "clip.srt"
    file.write_bytes(SRT.replace("I hate this so much.", said * 3).encode(encoding))
    with pytest.raises(MediaError, match="encoding that is not known here"):
        open_transcript(file)


def test_files_that_hold_no_transcript_get_one_sentence(tmp_path):
    (tmp_path / "clip.mp4").write_bytes(b"\0\0\0\x18ftypmp42\0\0\0\0\x90\x81\xff")
    (tmp_path / "long.txt").write_bytes(b"a" * (MAX_BYTES + 1))
    (tmp_path / "longer than read.txt").write_bytes(b"a" * 300_000)
    os.mkfifo(tmp_path / "pipe")
    for name, says in (
        ("clip.mp4", "“clip.mp4” is not text"),
        ("long.txt", "larger than 1 MB"),
        ("longer than read.txt", "longer than 200,000 characters"),
        ("gone.srt", "no readable file"),
        (".", "no readable file"),
        ("pipe", "no readable file"),
        ("\0", "no readable file"),
    ):
        with pytest.raises(MediaError, match=says):
            open_transcript(tmp_path / name)


def test_the_name_of_a_file_is_asked_about(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "oh no").write_text("Never.")
    with pytest.raises(
        MediaError,
        match=r"“oh no” is the name of a file: .* Path\('oh no'\) .* --transcript .* full stop",
    ):
        open_transcript("oh no")
    assert open_transcript("oh no.").said == "oh no."
    for text in ("", " ", ".", "a" * 5000, "a\0b", "oh\nno", "/", "~"):
        assert not names_a_file(text), text
