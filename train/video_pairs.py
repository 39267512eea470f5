"""Utterances with words, face and voice, made of rows of different corpora that have the same label.

No corpus at hand has all three of one utterance with its emotion, so what people's words, faces and voices have to do with
each other can't be learnt from them: only how much each alone tells.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from mmsent.labels import CONVERSATION_EMOTIONS, EMOTION_TO_SENTIMENT, SENTIMENTS
from train.video_data import Faces, Halves, Labels, Words

UNKNOWN = -1  # sentiment of a surprised face or voice, which may be of either kind
# Share of joined voices and faces that have any label. In real conversations they tell much less than in a studio: on MELD's
# own clips voice alone and face alone are known to be hardly better than always answering neutral.
STRANGER = 0.2
WORDLESS = 0.25  # share of utterances with voice and face whose words are left out
SEVERAL = 0.5  # share of training rows with several faces
MOST_CROPS = 6  # of one row
OTHER_FACES = 0.3  # share of the further ones that are somebody else's and show anything
RECIPE = {"stranger": STRANGER, "wordless": WORDLESS, "several_faces": SEVERAL, "other_faces": OTHER_FACES}
WORDS, VOICE, FACE = range(3)

SENTIMENT_OF = np.array(
    [SENTIMENTS.index(feeling) if (feeling := EMOTION_TO_SENTIMENT[name]) else UNKNOWN for name in CONVERSATION_EMOTIONS]
)

# text row, faces (F, width), voice (width,), each None where it is missing; emotion, sentiment
Example = tuple[Halves | None, Halves | None, Halves | None, int, int]


class Mixture(Dataset[Example]):
    """In an epoch every utterance alone, every utterance joined by a voice, a face or both, and as many random voices and faces
    alone, so that what is joined has the frequencies of conversation. ``voices`` (N, views, width) are as ``VoiceEncoder``
    gives them; which are joined, how many faces and which views is drawn every time."""

    def __init__(self, words: Words, voices: Halves, voice_emotions: Labels, faces: Faces) -> None:
        self.words, self.voices, self.faces = words, voices, faces
        self.labels = (words.emotions, voice_emotions, faces.emotions)
        self.of = [[np.flatnonzero(labels == i) for i in range(len(CONVERSATION_EMOTIONS))] for labels in self.labels]

    def __len__(self) -> int:
        return 4 * len(self.words.emotions)

    def __getitem__(self, index: int) -> Example:
        kind, row = divmod(index, len(self.words.emotions))
        chosen: list[int | None] = [None, None, None]
        if kind in (VOICE, FACE):
            row = chosen[kind] = _below(len(self.labels[kind]))
            emotion = int(self.labels[kind][row])
        else:
            chosen[WORDS] = row
            emotion = int(self.words.emotions[row])
            if kind != WORDS:
                self._join(chosen, emotion)
        return self._example(chosen, emotion)

    def _join(self, chosen: list[int | None], emotion: int) -> None:
        which = _below(3)
        if which != VOICE:
            chosen[FACE] = self._draw(FACE, emotion)
        if which != FACE:
            chosen[VOICE] = self._draw(VOICE, emotion)
        if which == WORDS and torch.rand(()) < WORDLESS:
            chosen[WORDS] = None

    def _example(self, chosen: list[int | None], emotion: int) -> Example:
        text, voice, face = chosen
        sentiment = SENTIMENT_OF[emotion] if text is None else self.words.sentiments[text]
        return (
            None if text is None else self.words.rows[text],
            None if face is None else self._crops(face),
            None if voice is None else self.voices[voice, _below(self.voices.shape[1])],
            emotion,
            int(sentiment),
        )

    def _draw(self, kind: int, emotion: int) -> int:
        """A row of ``kind`` with that label; in the share STRANGER of cases, or where there is none, with any."""
        alike = self.of[kind][emotion]
        if torch.rand(()) < STRANGER or not len(alike):
            return _below(len(self.labels[kind]))
        return int(alike[_below(len(alike))])

    def _crops(self, first: int) -> Halves:
        """The face alone, or several as in a stretch of film: mostly itself again, which tells little more than once."""
        rows = [first]
        if torch.rand(()) < SEVERAL:
            others = 1 + _below(MOST_CROPS - 1)
            rows += [_below(len(self.faces.emotions)) if torch.rand(()) < OTHER_FACES else first for _ in range(others)]
        return np.stack([self.faces.rows[row, _below(self.faces.rows.shape[1])] for row in rows])


def _below(count: int) -> int:
    return int(torch.randint(count, ()))


def batch_of(examples: Sequence[Example], widths: tuple[int, int, int]) -> tuple[Tensor, ...]:
    """The six inputs of ``VideoNet.fuse`` and (N,) emotions and sentiments; ``widths`` of text, face and voice."""
    texts, faces, voices, emotions, sentiments = zip(*examples, strict=True)
    text, has_text = _fill([None if row is None else row[None] for row in texts], widths[0])
    crops, seen = _fill(faces, widths[1])
    voice, has_voice = _fill([None if row is None else row[None] for row in voices], widths[2])
    inputs = (text[:, 0], has_text[:, 0], crops, seen, voice[:, 0], has_voice[:, 0])
    return *inputs, torch.tensor(emotions), torch.tensor(sentiments)


def _fill(parts: Sequence[Halves | None], width: int) -> tuple[Tensor, Tensor]:
    """(N, T, width) float32 with zeros and (N, T) bool with False where there is nothing."""
    longest = max(1, *(0 if part is None else len(part) for part in parts))
    whole, there = torch.zeros(len(parts), longest, width), torch.zeros(len(parts), longest, dtype=torch.bool)
    for i, part in enumerate(parts):
        if part is not None:
            whole[i, : len(part)] = torch.from_numpy(part.astype(np.float32))
            there[i, : len(part)] = True
    return whole, there


def singles(words: Words, voices: Halves, voice_emotions: Labels, faces: Faces) -> dict[str, list[Example]]:
    """Every row alone, by modality; ``voices`` (N, views, width)."""
    feelings = (SENTIMENT_OF[labels] for labels in (faces.emotions, voice_emotions))
    return {
        "text": [
            (row, None, None, int(e), int(s)) for row, e, s in zip(words.rows, words.emotions, words.sentiments, strict=True)
        ],
        "face": [
            (None, row[:1], None, int(e), int(s)) for row, e, s in zip(faces.rows, faces.emotions, next(feelings), strict=True)
        ],
        "audio": [
            (None, None, row[0], int(e), int(s)) for row, e, s in zip(voices, voice_emotions, next(feelings), strict=True)
        ],
    }
