"""Memes: a picture and its caption to aspects, with what in both drove each, and to what its words
say and its faces show."""

import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsent import hub
from mmsent.captions import clean_caption, strip_watermarks
from mmsent.configs import read_checked
from mmsent.media import ImageSource, MediaError, Picture, image_notes, none_if_missing, open_image
from mmsent.ocr import OcrResult, TextReader, caption
from mmsent.pipelines.encoders import (
    ImageFeatures,
    Reading,
    TextFeatures,
    check_length,
    frozen_encoders,
)
from mmsent.pipelines.face import FacePipeline, shared_face
from mmsent.pipelines.meme_aspects import AspectNets, Flags, Rows
from mmsent.pipelines.meme_reasons import Patches, Sides, mean_row, shares, with_reasons
from mmsent.pipelines.meme_words import check_heads, say_words
from mmsent.pipelines.shared import as_list
from mmsent.results import Face, MemeResult, Scores
from mmsent.runtime import Device, choose_device
from mmsent.text import OTHER_LANGUAGE, is_foreign, text_or_none

log = logging.getLogger(__name__)

BATCH = 64
NOTHING = "There is nothing to read: please add a picture, a text, or both."
NO_WORDS = "No text was found in the picture or given, so the answer comes from the picture alone."
# but addresses or handles
WORDLESS = "The text has no words, so the answer comes from the picture alone."
NOTHING_SAID = "The text has no words to read: please write some, add a picture, or both."
NO_READER = "The words on a picture can't be read here, so please give them as text."
NO_PICTURE = "There is no picture, so the answer comes from the text alone."


Answer = tuple[dict[str, Scores], dict[str, Scores]]  # aspects, and what the words say


@dataclass(frozen=True, eq=False)
class Fitted:
    """A picture as each group of aspects wants it."""

    sides: tuple[Picture, ...]


class MemePipeline:
    """Loaded once and shared: every method may be called from several threads."""

    def __init__(
        self,
        folder: Path,
        device: Device | None = None,
        encoders: tuple[TextFeatures, ImageFeatures] | None = None,
    ) -> None:
        """``encoders`` None: those the checkpoint names, shared with whoever else uses them."""
        self.folder = folder
        self.device = choose_device(device)
        config = read_checked(folder, "meme")
        self.nets = AspectNets(folder, config, self.device)
        self.text, self.image = frozen_encoders(folder, config["encoders"], self.device, encoders)
        self.heads: dict[str, dict[str, Any]] = config["words"]
        check_heads(folder, self.heads, self.text)
        self.sha256 = hub.sha256(folder / hub.WEIGHTS)
        self.metrics = hub.read_metrics(folder, self.sha256)
        self.reader = _reader()
        self.face = _face_reader(self.device)

    def predict(
        self, image: ImageSource | None, text: str | None = None, reasons: bool = True
    ) -> MemeResult:
        """Reads a meme. ``text`` None: its caption is read from the picture; "": it has none.
        ``image`` None: text alone. NaN is None, and an empty name is no picture. Without
        ``reasons`` what words and places did is left out, and the answer is there sooner.

        Raises MediaError where both are missing, the picture can't be read or the text is too long,
        and TypeError for what is neither text nor picture.
        """
        words, image = _checked(text), none_if_missing(image)
        picture = open_image(image) if image is not None else None
        unread = picture is not None and words is None
        # while the caption is read
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="encode") as beside:
            encoding = beside.submit(self.patches, picture)
            read = self._read(picture) if unread else OcrResult()
            shown = words if words is not None else caption(read.lines)
            reading = self.text([clean_caption(shown)])[0]
        patches = encoding.result()
        sides = Sides.of(self.nets, reading, patches)
        if not sides.has_text and not sides.has_image:
            raise MediaError(NOTHING_SAID if shown.strip() else NOTHING)
        unknown = self.text.describe_unknown(clean_caption(shown))
        doubtful = unknown is not None
        (aspects,) = self._judge(
            sides.text, sides.has_text, sides.image, sides.has_image, [doubtful]
        )
        result = MemeResult(
            text=shown,
            aspects=aspects,
            words=self._words(shown, reading, doubtful),
            faces=self._faces(picture),
            lines=read.lines,
            tokens=reading.words if sides.has_text else (),
            grid=self.image.grid if sides.has_image else (0, 0),
            size=(picture.shape[1], picture.shape[0]) if picture is not None else (0, 0),
            shares=shares(self.nets, aspects, sides),
            notes=(
                *(() if image is None else image_notes(image)),
                *(self._reading_notes(read) if unread else ()),
                *_notes(shown, sides.has_text, sides.has_image, unknown),
            ),
        )
        return with_reasons(result, self.text, self.nets, reading, patches) if reasons else result

    def explain(self, result: MemeResult, image: ImageSource | None) -> MemeResult:
        """``result``, which ``predict`` gave of ``image`` without reasons, with them: what words and
        places did. The caption is not read again. Raises MediaError as ``predict`` does."""
        image = none_if_missing(image)
        patches = self.patches(None if image is None else open_image(image))
        (reading,) = self.text([clean_caption(result.text)])
        return with_reasons(result, self.text, self.nets, reading, patches)

    def _words(self, shown: str, cleaned: Reading, doubtful: bool) -> dict[str, Scores]:
        """What the words of a caption say; nothing where it has none. They are read with their
        punctuation, which irony hangs on, or as they were ``cleaned`` where that is too long."""
        if not len(cleaned.states):
            return {}
        try:
            reading = self.text([strip_watermarks(shown)])[0]
        except MediaError:
            reading = cleaned
        mean = reading.states.mean(axis=0, keepdims=True)
        return say_words(self.text, self.heads, mean, doubtful)

    def _faces(self, picture: Picture | None) -> tuple[Face, ...]:
        """Those in a picture that can be read well: of drawn faces most can't."""
        if picture is None or self.face is None:
            return ()
        return tuple(face for face in self.face.predict(picture).faces if face.quality is None)

    def read_caption(self, image: ImageSource) -> str:
        """What stands on a picture, as ``predict`` would read it. Raises MediaError where the
        picture can't be read."""
        return self.read_caption_noted(image)[0]

    def read_caption_noted(self, image: ImageSource) -> tuple[str, tuple[str, ...]]:
        """``read_caption``, and what ``predict`` notes of the reading."""
        read = self._read(open_image(image))
        return caption(read.lines), self._reading_notes(read)

    def notes(self, text: str, has_image: bool) -> tuple[str, ...]:
        """What ``predict`` notes of a meme with this caption, but for what it notes of the
        picture's file and the reading."""
        words = clean_caption(text)
        return _notes(
            text, self.text.has_words(words), has_image, self.text.describe_unknown(words)
        )

    def classify(
        self, images: Iterable[ImageSource | None], texts: Iterable[str | None]
    ) -> list[dict[str, Scores]]:
        """The aspects of many memes at once, without the reasons. None, NaN and "" mean what they
        mean to ``predict``, and it raises MediaError and TypeError as that does, for all of them,
        and ValueError where there are not as many texts as images."""
        return [aspects for aspects, _ in self.answer(images, texts)]

    def answer(
        self, images: Iterable[ImageSource | Fitted | None], texts: Iterable[str | None]
    ) -> list[Answer]:
        """``classify``, and what the words of each say. An image may be ``fitted`` already."""
        images, texts = as_list(images, "images"), as_list(texts, "texts")
        if len(images) != len(texts):
            raise ValueError(
                f"there must be a text, or None, for each image, not {len(texts)} for {len(images)}"
            )
        answers: list[Answer] = []
        for start in range(0, len(images), BATCH):
            part = slice(start, start + BATCH)
            rows = [
                self._shown(image, text)
                for image, text in zip(images[part], texts[part], strict=True)
            ]
            captions = [clean_caption(text) for _, text in rows]
            readings = self.text(captions)
            has_text = np.array([len(reading.states) > 0 for reading in readings])
            has_image = np.array([fitted is not None for fitted, _ in rows])
            if not (has_text | has_image).all():
                said = [
                    text
                    for (_, text), there in zip(rows, has_text | has_image, strict=True)
                    if not there
                ]
                raise MediaError(NOTHING_SAID if said[0].strip() else NOTHING)
            seen = np.zeros((len(self.nets.groups), len(rows), self.image.width), np.float32)
            seen[:, has_image] = self._seen([fitted for fitted, _ in rows if fitted is not None])
            doubtful = [self.text.describe_unknown(text) is not None for text in captions]
            means = np.concatenate([mean_row(self.nets, reading) for reading in readings])
            aspects = self._judge(means, has_text, seen, has_image, doubtful)
            for row, found in enumerate(aspects):
                words = self._words(rows[row][1], readings[row], doubtful[row])
                answers.append((found, words))
        return answers

    def fitted(self, picture: Picture) -> Fitted:
        """A picture at its final sizes, since many large ones would not fit into the memory."""
        return Fitted(tuple(self.nets.fitted(picture)))

    def _shown(
        self, image: ImageSource | Fitted | None, text: str | None
    ) -> tuple[Fitted | None, str]:
        """A picture at its final sizes, and its caption."""
        words = _checked(text)
        if isinstance(image, Fitted):
            return image, words or ""
        image = none_if_missing(image)
        if image is None:
            return None, words or ""
        picture = open_image(image)
        shown = words if words is not None else caption(self._read(picture).lines)
        return self.fitted(picture), shown

    def _seen(self, pictures: Sequence[Fitted]) -> NDArray[np.float32]:
        """(G, N, width) pooled patches of N pictures as each group of aspects wants them."""
        groups = len(self.nets.groups)
        if not pictures:
            return np.zeros((groups, 0, self.image.width), np.float32)
        sides = zip(*(picture.sides for picture in pictures), strict=True)
        return np.stack([self.image(side)[0].mean(axis=1) for side in sides])

    def _read(self, picture: Picture | None) -> OcrResult:
        """What can be read on a picture, nothing where there is no picture or no reader."""
        if self.reader is None or picture is None:
            return OcrResult()
        return self.reader.read_noted(picture)

    def _reading_notes(self, read: OcrResult) -> tuple[str, ...]:
        return read.notes if self.reader else (NO_READER,)

    def patches(self, picture: Picture | None) -> Patches:
        """(G, P, width) of each group of aspects, P = 0 where there is no picture."""
        if picture is None:
            return np.zeros((len(self.nets.groups), 0, self.image.width), np.float32)
        return self.image(self.nets.fitted(picture))[0]

    def _judge(
        self, text: Rows, has_text: Flags, image: Rows, has_image: Flags, doubtful: Sequence[bool]
    ) -> list[dict[str, Scores]]:
        """As ``AspectNets.probs``; ``doubtful`` (N): the model abstains from all aspects of a row,
        as it does from those whose training rows were unlike it."""
        far = self.nets.unfamiliar(text, has_text, image, has_image)
        doubts = {aspect: rows | np.array(doubtful) for aspect, rows in far.items()}
        return self.nets.scores(self.nets.probs(text, has_text, image, has_image), doubts)


def _reader() -> TextReader | None:
    """None where the nets that read text are not there: captions that are typed do without."""
    try:
        return TextReader()
    except (ImportError, OSError) as problem:
        log.warning("captions can't be read: %s", problem)
        return None


def _face_reader(device: str) -> FacePipeline | None:
    """None where there is no face model: faces in memes are then left out."""
    try:
        return shared_face(device=device)
    except hub.CheckpointError as problem:
        log.warning("faces in memes can't be read: %s", problem)
        return None


def _checked(text: str | None) -> str | None:
    """``written``, and not too long: before it is cleaned, which takes its time and may hide how
    much there is."""
    words = text_or_none(text)
    check_length(words or "")
    return words


def _notes(text: str, has_text: bool, has_image: bool, unknown: str | None) -> tuple[str, ...]:
    no_words = WORDLESS if text.strip() else NO_WORDS
    sides = () if has_text and has_image else (no_words,) if has_image else (NO_PICTURE,)
    return (
        *sides,
        *((OTHER_LANGUAGE,) if is_foreign(text) else ()),
        *((unknown,) if unknown else ()),
    )
