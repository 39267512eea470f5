"""Exported files as somebody without mmsent runs them: ONNX Runtime, NumPy, Pillow, a tokenizer,
and what the files say of themselves."""

import json
import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image
from tokenizers import Tokenizer

Probs = dict[str, NDArray[np.floating]]  # by output
Tokens = tuple[NDArray[np.float32], NDArray[np.int64]]  # states (T, width), ids (T,)


class File:
    """One exported file."""

    def __init__(self, path: Path) -> None:
        self.session = onnxruntime.InferenceSession(str(path))
        found = self.session.get_modelmeta().custom_metadata_map
        self.about: dict[str, Any] = {name: json.loads(value) for name, value in found.items()}

    def __call__(self, **inputs: NDArray) -> dict[str, NDArray]:
        names = [one.name for one in self.session.get_outputs()]
        return dict(zip(names, self.session.run(None, inputs), strict=True))

    def probabilities(self, outputs: dict[str, NDArray], mode: str = "*") -> Probs:
        """Of the one row of every output with labels, calibrated for what was given."""
        found = {}
        for name in self.about["labels"]:
            steps = self.about["calibration"][name][mode]
            scaled = (outputs[name][0] + steps["bias"]) / steps["temperature"]
            weights = np.exp(scaled - scaled.max())
            found[name] = weights / weights.sum()
        return found


class Exported:
    """The files NAME.onnx in a folder, for NAME in ``mmsent export``'s tasks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files: dict[str, File] = {}

    def file(self, name: str) -> File:
        """The file of this name, opened once."""
        if name not in self._files:
            self._files[name] = File(self.folder / f"{name}.onnx")
        return self._files[name]

    def face(self, crop: NDArray[np.uint8]) -> Probs:
        """Of a grey crop of the size that the file names."""
        return self.file("face").probabilities(self.file("face")(pixels=crop[None, None]))

    def review(self, text: str, photo: NDArray[np.uint8] | None) -> Probs:
        states, ids = self.tokens(text)
        width = self.file("image").about["outputs"]["patches"]["shape"][2]
        patches = np.zeros((1, width), np.float32) if photo is None else self.patches(photo)
        outputs = self.file("review")(
            tokens=states[None],
            token_mask=np.ones((1, len(ids)), bool),
            patches=patches[None],
            patch_mask=np.full((1, len(patches)), photo is not None),
            ids=ids[None],
        )
        return self.file("review").probabilities(outputs, "text" if photo is None else "both")

    def meme(self, picture: NDArray[np.uint8], caption: str) -> Probs:
        states, ids = self.tokens(re.sub(r"[^\w\s]", " ", caption.lower()))
        patches = {
            name: self.patches(fitted(picture, **how))[None]
            for name, how in self.file("meme").about["preprocessing"].items()
            if name.startswith("patches")
        }
        outputs = self.file("meme")(
            tokens=states[None],
            token_mask=np.ones((1, len(ids)), bool),
            parts_harmeme=self.parts(ids),
            words=self.tokens(caption.lower())[0].mean(axis=0, keepdims=True),
            has_image=np.array([True]),
            **patches,
        )
        return self.file("meme").probabilities(outputs)

    def video(
        self,
        said: Sequence[str],
        crops: NDArray[np.uint8] | None,
        mel: NDArray[np.float32] | None,
    ) -> Probs:
        """Of the last utterance in ``said``; none of it: no words. ``crops`` (K, size, size) are of
        one face, ``mel`` (T, bands) is the log-mel of the voice."""
        inputs = self.file("video").about["inputs"]
        widths = {name: inputs[name]["shape"][-1] for name in ("text", "faces", "voice")}
        means = [self.tokens(text)[0].mean(axis=0) for text in said]
        text = np.zeros(widths["text"], np.float32)
        if means:
            text[: len(means[-1])] = means[-1]
        if means[:-1]:
            text[len(means[-1]) :] = np.mean(means[:-1], axis=0)
        faces, voice = np.zeros((1, widths["faces"]), np.float32), np.zeros(widths["voice"])
        if crops is not None:
            faces = self.file("face")(pixels=crops[:, None])["embedding"]
        if mel is not None:
            level = (np.maximum(mel - mel.max(), -8) + 1.5 + 4) / 4  # preprocessing.mel.level
            voice = self.file("speech")(mel=level[None].astype(np.float32))["voice"][0]
        given = {"text": bool(means), "audio": mel is not None, "face": crops is not None}
        outputs = self.file("video")(
            text=text[None],
            has_text=np.array([given["text"]]),
            faces=faces[None],
            face_mask=np.full((1, len(faces)), given["face"]),
            voice=voice[None].astype(np.float32),
            has_voice=np.array([given["audio"]]),
        )
        mode = "+".join(name for name, there in given.items() if there)
        return self.file("video").probabilities(outputs, mode)

    def tokens(self, text: str) -> Tokens:
        """The tokens of a text but the special ones."""
        encoding = self._tokenizer.encode(text.split(), is_pretokenized=True)
        states, ids = [], []
        for window in (encoding, *encoding.overflowing):
            words = ~np.array(window.special_tokens_mask, bool)
            ids.append(np.array(window.ids)[words])
            states.append(self.file("text")(ids=np.array([window.ids]))["states"][0][words])
        return np.concatenate(states), np.concatenate(ids)

    def parts(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """(1, S) the parts of a caption's words, from its tokens, for the group that spells."""
        how = self.file("meme").about["preprocessing"]["parts_harmeme"]
        shortest, longest = how["lengths"]
        pieces = [str(self._tokenizer.id_to_token(number)) for number in ids.tolist()]
        found = []
        for word in "\n".join(pieces).replace("\n##", "").removeprefix("##").split("\n"):
            whole = f" {word} "
            for size in range(shortest, longest + 1):
                found += [whole[at : at + size] for at in range(len(whole) - size + 1)]
            found += [whole] * (len(whole) > longest)
        numbers = [1 + crc32(part.encode()) % (how["buckets"] - 1) for part in found]
        return np.array([numbers if len(ids) else [0]])

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        about = self.file("text").about
        tokenizer = Tokenizer.from_str(json.dumps(about["tokenizer"]))
        tokenizer.no_padding()
        tokenizer.enable_truncation(about["preprocessing"]["ids"]["max_length"])
        return tokenizer

    def patches(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(P, width) of a picture (H, W, 3)."""
        size = self.file("image").about["preprocessing"]["pixels"]["size"]
        pixels = fitted(picture, size, "squash").transpose(2, 0, 1)
        return self.file("image")(pixels=pixels[None])["patches"][0]


def fitted(picture: NDArray[np.uint8], size: int, fit: str) -> NDArray[np.uint8]:
    """All of a picture in a square ("squash"), or its longer side ``size`` pixels ("inside")."""
    height, width = picture.shape[:2]
    scale = size / max(height, width)
    shape = (size, size) if fit == "squash" else (round(width * scale), round(height * scale))
    image = Image.fromarray(picture).resize(shape, Image.Resampling.BILINEAR, reducing_gap=3.0)
    return np.asarray(image)
