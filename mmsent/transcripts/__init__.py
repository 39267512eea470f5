"""Transcripts: parsed in any common notation, written as SRT, aligned with speech."""

from mmsent.transcripts.entry import MAX_CUES as MAX_CUES
from mmsent.transcripts.entry import Cue as Cue
from mmsent.transcripts.entry import list_places as list_places
from mmsent.transcripts.notations import Transcript as Transcript
from mmsent.transcripts.notations import parse_transcript as parse_transcript
from mmsent.transcripts.notations import read_transcript as read_transcript
from mmsent.transcripts.notations import spread_over_speech as spread_over_speech
from mmsent.transcripts.notations import write_srt as write_srt
from mmsent.transcripts.open_file import names_a_file as names_a_file
from mmsent.transcripts.open_file import open_transcript as open_transcript
