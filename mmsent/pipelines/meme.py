"""Memes: a picture and its caption to aspects, with what in both drove each, and to what its words
say and its faces show."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmsent import hub
from mmsent.cancel import Cancel
from mmsent.configs import read_checked
from mmsent.media import ImageSource, MediaError, Picture, image_notes, none_if_missing, open_image
from mmsent.ocr import OcrResult, caption
from mmsent.pipelines.encoders import (
    ImageFeatures,
    TextFeatures,
    check_widths,
    frozen_encoders,
)
from mmsent.pipelines.meme_aspects import AspectNets
from mmsent.pipelines.meme_inputs import (
    NO_READER,
    NOTHING,
    NOTHING_SAID,
    Fitted,
    checked_text,
    cleaner,
    face_reader,
    notes_on,
    readable_faces,
    text_reader,
)
from mmsent.pipelines.meme_reasons import shares, with_reasons
from mmsent.pipelines.meme_sides import Seen, Sides, see, text_row
from mmsent.pipelines.meme_words import check_heads, say_words, with_weights
from mmsent.pipelines.rereading import reasons_seconds
from mmsent.pipelines.shared import as_list
from mmsent.results import MemeResult, Scores
from mmsent.runtime import Device, choose_device

MODES = ("text", "image", "both")  # what was given
BATCH = 64
Answer = tuple[dict[str, Scores], dict[str, Scores]]  # aspects, and what the words say


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
        self.text, self.image = frozen_encoders(folder, config["encoders"], self.device, encoders)
        self.nets = AspectNets(folder, config, self.device, self.text.pieces)
        check_widths(folder, config, self.text, self.image, self.nets.pooled)
        self.modes: frozenset[str] = frozenset(config.get("modes", MODES))  # that it has learned
        self.sources = self.nets.sources
        self._clean = cleaner(folder, config)
        check_heads(folder, config["words"], self.text)
        self.heads = with_weights(config["words"], self.nets.net)
        self.sha256 = hub.sha256(folder / hub.WEIGHTS)
        self.metrics = hub.read_metrics(folder, self.sha256)
        self.reader = text_reader()
        self.face = face_reader(self.device)

    def predict(
        self, image: ImageSource | None, text: str | None = None, reasons: bool = True
    ) -> MemeResult:
        """Reads a meme. ``text`` None: its caption is read from the picture; "": it has none.
        ``image`` None: text alone. NaN is None, and an empty name is no picture. Without
        ``reasons`` what words and places did is left out, and the answer is there sooner.

        Raises MediaError where both are missing, the picture can't be read or the text is too long,
        and TypeError for what is neither text nor picture.
        """
        words, image = checked_text(text), none_if_missing(image)
        picture = open_image(image) if image is not None else None
        unread = picture is not None and words is None
        # while the caption is read
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="encode") as beside:
            encoding = beside.submit(self.see, picture)
            read = self._read(picture) if unread else OcrResult()
            shown = words if words is not None else caption(read.lines)
            cleaned = self._clean(shown)
            reading = self.text([cleaned])[0]
        seen = encoding.result()
        sides = Sides.of(self.nets, reading, seen)
        if not sides.has_text and not sides.has_image:
            raise MediaError(NOTHING_SAID if shown.strip() else NOTHING)
        doubtful = self.text.describe_unknown(cleaned) is not None
        untrained = self._is_untrained(sides.has_text, sides.has_image)
        (aspects,) = self.nets.judge(
            sides.text, sides.length, sides.image, sides.has_image, [doubtful or untrained]
        )
        result = MemeResult(
            text=shown,
            aspects=aspects,
            words=say_words(self.text, self.heads, shown, reading, doubtful),
            faces=readable_faces(self.face, picture),
            lines=read.lines,
            tokens=reading.words if sides.has_text else (),
            grid=self.image.grid if sides.has_image else (0, 0),
            size=(picture.shape[1], picture.shape[0]) if picture is not None else (0, 0),
            shares=shares(self.nets, aspects, sides),
            notes=(
                *(() if image is None else image_notes(image)),
                *(self._reading_notes(read) if unread else ()),
                *self._notes(shown, cleaned, sides.has_text, sides.has_image),
            ),
        )
        return with_reasons(result, self.text, self.nets, reading, seen) if reasons else result

    def reasons_seconds(self, result: MemeResult) -> float:
        """About how long ``explain`` takes where that is worth asking first, as
        ``rereading.reasons_seconds`` has it."""
        return reasons_seconds(self.text, self.device, [self._clean(result.text)])

    def explain(
        self, result: MemeResult, image: ImageSource | None, cancelled: Cancel = None
    ) -> MemeResult:
        """``result``, which ``predict`` gave of ``image`` without reasons, with them: what words and
        places did. The caption is not read again. Raises MediaError as ``predict`` does, and
        Cancelled once ``cancelled()`` is true."""
        image = none_if_missing(image)
        seen = self.see(None if image is None else open_image(image))
        (reading,) = self.text([self._clean(result.text)])
        return with_reasons(result, self.text, self.nets, reading, seen, cancelled)

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
        cleaned = self._clean(text)
        return self._notes(text, cleaned, self.text.has_words(cleaned), has_image)

    def _notes(self, text: str, cleaned: str, has_text: bool, has_image: bool) -> tuple[str, ...]:
        unknown = self.text.describe_unknown(cleaned)
        untrained = self._is_untrained(has_text, has_image)
        return notes_on(text, has_text, has_image, unknown, untrained)

    def _is_untrained(self, has_text: bool, has_image: bool) -> bool:
        """Whether the model never learned from memes that lack what this one lacks."""
        mode = "both" if has_text and has_image else "text" if has_text else "image"
        return mode not in self.modes

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
            captions = [self._clean(text) for _, text in rows]
            readings = self.text(captions)
            lengths = np.array([len(reading.ids) for reading in readings])
            has_text = lengths > 0
            has_image = np.array([fitted is not None for fitted, _ in rows])
            if not (has_text | has_image).all():
                said = [
                    text
                    for (_, text), there in zip(rows, has_text | has_image, strict=True)
                    if not there
                ]
                raise MediaError(NOTHING_SAID if said[0].strip() else NOTHING)
            width = self.image.width_of(self.nets.pooled)
            seen = np.zeros((len(self.nets.groups), len(rows), width), np.float32)
            seen[:, has_image] = self._seen([fitted for fitted, _ in rows if fitted is not None])
            doubtful = [self.text.describe_unknown(text) is not None for text in captions]
            untrained = map(self._is_untrained, has_text, has_image)
            abstains = [any(doubts) for doubts in zip(doubtful, untrained, strict=True)]
            read = np.concatenate([text_row(self.nets, reading) for reading in readings])
            aspects = self.nets.judge(read, lengths, seen, has_image, abstains)
            for row, found in enumerate(aspects):
                shown, reading = rows[row][1], readings[row]
                words = say_words(self.text, self.heads, shown, reading, doubtful[row])
                answers.append((found, words))
        return answers

    def fitted(self, picture: Picture) -> Fitted:
        """A picture at its final sizes, since many large ones would not fit into the memory."""
        return Fitted(tuple(self.nets.fitted(picture)))

    def _shown(
        self, image: ImageSource | Fitted | None, text: str | None
    ) -> tuple[Fitted | None, str]:
        """A picture at its final sizes, and its caption."""
        words = checked_text(text)
        if isinstance(image, Fitted):
            return image, words or ""
        image = none_if_missing(image)
        if image is None:
            return None, words or ""
        picture = open_image(image)
        shown = words if words is not None else caption(self._read(picture).lines)
        return self.fitted(picture), shown

    def _seen(self, pictures: Sequence[Fitted]) -> NDArray[np.float32]:
        """(G, N, width) what each group of aspects sees of N pictures."""
        pooled, groups = self.nets.pooled, len(self.nets.groups)
        if not pictures:
            return np.zeros((groups, 0, self.image.width_of(pooled)), np.float32)
        sides = zip(*(picture.sides for picture in pictures), strict=True)
        return np.stack([self.image.rows(side, pooled).mean(axis=1) for side in sides])

    def _read(self, picture: Picture | None) -> OcrResult:
        """What can be read on a picture, nothing where there is no picture or no reader."""
        if self.reader is None or picture is None:
            return OcrResult()
        return self.reader.read_noted(picture)

    def _reading_notes(self, read: OcrResult) -> tuple[str, ...]:
        return read.notes if self.reader else (NO_READER,)

    def see(self, picture: Picture | None) -> Seen:
        """What the nets see of a picture, None where there is none."""
        return see(self.nets, self.image, picture)
