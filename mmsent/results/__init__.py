"""Results of the pipelines: frozen, plain CPU data that pickles and turns into JSON with
``to_dict()``."""

from mmsent.results.face import Face, FaceResult
from mmsent.results.meme import Line, MemeResult
from mmsent.results.review import ReviewResult
from mmsent.results.scores import Box, Phrase, Scores
from mmsent.results.video import ClipFace, Moment, VideoResult

__all__ = [
    "Box",
    "ClipFace",
    "Face",
    "FaceResult",
    "Line",
    "MemeResult",
    "Moment",
    "Phrase",
    "ReviewResult",
    "Scores",
    "VideoResult",
]
