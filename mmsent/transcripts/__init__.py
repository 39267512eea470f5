"""Transcripts: parsed in any common notation, written as SRT, aligned with speech."""

from mmsent.transcripts.entry import MAX_CUES as MAX_CUES
from mmsent.transcripts.entry import Cue as Cue
from mmsent.transcripts.entry import list_places as list_places
from mmsent.transcripts.files import names_a_file as names_a_file
from mmsent.transcripts.files import open_transcript as open_transcript
from mmsent.transcripts.transcript import Transcript as Transcript
from mmsent.transcripts.transcript import parse_transcript as parse_transcript
from mmsent.transcripts.transcript import read_transcript as read_transcript
from mmsent.transcripts.transcript import spread_over_speech as spread_over_speech
from mmsent.transcripts.transcript import write_srt as write_srt
