"""The nets of a meme checkpoint: from features of text and picture to calibrated aspects."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mmsent import hub
from mmsent.calibrate import probabilities
from mmsent.labels import MEME_ASPECTS, segments
from mmsent.media import Picture
from mmsent.models.meme import MemeNets
from mmsent.pipelines.encoders import Tokens, fit_picture
from mmsent.pipelines.word_parts import WordParts
from mmsent.results import Scores

Rows = NDArray[np.float32]
Flags = bool | NDArray[np.bool_]  # of each row, or of all
Lengths = int | NDArray[np.integer]  # likewise: how many tokens a text has, 0 where there is none
Probs = dict[str, NDArray[np.floating]]


class AspectNets:
    """One net for each group of aspects, those that were learnt from the same data. A group has its
    own way to prepare pictures, so images are (G, N, width): what the encoder makes of ``fitted``
    pictures, group by group.
    """

    def __init__(
        self, folder: Path, config: Mapping[str, Any], device: str, pieces: Sequence[str]
    ) -> None:
        """``config`` is that of the meme checkpoint in ``folder``, ``pieces`` are the tokens of the
        text encoder's vocabulary, by number. Raises CheckpointError where the checkpoint has
        aspects or labels that are not in MEME_ASPECTS."""
        self.labels = {aspect: tuple(labels) for aspect, labels in config["labels"].items()}
        self.groups: dict[str, dict[str, Any]] = config["groups"]
        self.calibration: dict[str, dict[str, Any]] = config["calibration"]
        told = [aspect for group in self.groups.values() for aspect in group["aspects"]]
        known = all(MEME_ASPECTS.get(aspect) == labels for aspect, labels in self.labels.items())
        if not known or sorted(told) != sorted(self.labels) or set(told) - set(self.calibration):
            raise hub.CheckpointError(
                f"{folder} names other aspects or labels than this version of mmsent knows."
            )
        # the group of each aspect: what it was learnt from
        self.sources = {
            aspect: name for name, group in self.groups.items() for aspect in group["aspects"]
        }
        self.device = device
        self.net = hub.build_net(
            folder,
            lambda: MemeNets(
                **config["architecture"],
                groups=self.groups,
                labels=self.labels,
                words=config["words"],
            ),
        )
        self.net.to(device).eval()
        self.pooled: bool = self._is_pooled(folder)
        self.text_width: int = config["architecture"]["text_width"]
        weights = self.net.state_dict()
        # of the groups whose net spells: the parts of words, and the logits of each
        self.spelling: dict[str, tuple[WordParts, Rows]] = {
            name: (
                WordParts(pieces, group["architecture"]["buckets"]),
                weights[f"{name}.parts.weight"].float().cpu().numpy(),
            )
            for name, group in self.groups.items()
            if group["net"] == "spelling"
        }

    def _is_pooled(self, folder: Path) -> bool:
        """Whether the nets read one vector of the text and one of the picture."""
        kinds = {bool(self.net[name].pooled) for name in self.groups}
        if len(kinds) > 1:
            raise hub.CheckpointError(
                f"{folder} has nets that read vectors beside others that read patches, which can't be "
                "answered together."
            )
        return kinds.pop()

    def fitted(self, picture: Picture) -> list[Picture]:
        """(H, W, 3) as each group wants it."""
        return [fit_picture(picture, **group["preprocessing"]) for group in self.groups.values()]

    def token_rows(self, tokens: Tokens) -> Rows:
        """(T, F) of what is averaged over the tokens of a whole text: their states, and what
        ``spell`` gives. Where the nets read its vector, that is the one token."""
        return np.concatenate([tokens.states.astype(np.float32), self.spell(tokens.ids)], axis=1)

    def spell(self, ids: NDArray[np.integer]) -> Rows:
        """(T, S) of the tokens ``ids`` of a whole text: for each net that spells the logits of all
        parts of the word that begins there, and how many these are."""
        found = [np.zeros((len(ids), 0), np.float32)]
        for parts, logits in self.spelling.values():
            places, buckets = parts(ids)
            said = np.zeros((len(ids), logits.shape[1] + 1), np.float32)
            np.add.at(said, places, np.pad(logits[buckets], ((0, 0), (0, 1)), constant_values=1))
            found.append(said)
        return np.concatenate(found, axis=1)

    @torch.inference_mode()
    def probs(self, text: Rows, lengths: Lengths, image: Rows, has_image: Flags) -> Probs:
        """Calibrated (N, labels) probabilities of each aspect from means of token rows (N, F) over
        so many tokens, and what is seen of pictures (G, N, width), or one row for all, and whether
        they are there."""
        words, images, flags = self._tensors(text, lengths, image, has_image)
        found: Probs = {}
        spelled = self._spelled()
        for name, picture in zip(self.groups, images, strict=True):
            told = words[:, : self.text_width]
            if name in spelled:
                told = torch.cat([told, words[:, spelled[name]]], dim=1)
            logits = self.net[name](told, flags[0], picture, flags[1]).float().cpu().numpy()
            own = {aspect: self.labels[aspect] for aspect in self.groups[name]["aspects"]}
            for aspect, place in segments(own).items():
                steps = self.calibration[aspect]
                found[aspect] = probabilities(
                    logits[:, place], steps["temperature"], steps.get("bias")
                )
        return {aspect: found[aspect] for aspect in self.labels}

    @torch.inference_mode()
    def unfamiliar(
        self, text: Rows, lengths: Lengths, image: Rows, has_image: Flags
    ) -> dict[str, NDArray[np.bool_]]:
        """(N,) of each aspect, likewise: whether a row is unlike those that its group learnt from."""
        words, images, flags = self._tensors(text, lengths, image, has_image)
        found = {aspect: np.zeros(len(words), bool) for aspect in self.labels}
        for (name, group), picture in zip(self.groups.items(), images, strict=True):
            if "familiarity" not in group:
                continue
            far = torch.stack(
                [
                    self.net.get_submodule(f"{name}_familiar.{side}")(features)
                    for side, features in (
                        ("text", words[:, : self.text_width]),
                        ("image", picture),
                    )
                ]
            )
            there = torch.stack(flags)
            distance = (far * there).sum(dim=0) / there.sum(dim=0).clamp(min=1)
            beyond = (distance > group["familiarity"]["limit"]).cpu().numpy()
            found |= dict.fromkeys(group["aspects"], beyond)
        return found

    def judge(
        self,
        text: Rows,
        lengths: Lengths,
        image: Rows,
        has_image: Flags,
        doubtful: Sequence[bool],
    ) -> list[dict[str, Scores]]:
        """Of each row of ``probs``; ``doubtful`` (N): the model abstains from all aspects of a row,
        as it does from those whose training rows were unlike it."""
        far = self.unfamiliar(text, lengths, image, has_image)
        doubts = {aspect: rows | np.array(doubtful) for aspect, rows in far.items()}
        return self.scores(self.probs(text, lengths, image, has_image), doubts)

    def scores(
        self, probs: Probs, doubtful: Mapping[str, Sequence[bool]]
    ) -> list[dict[str, Scores]]:
        """Of each of N rows of every aspect; ``doubtful`` says of which the model abstains, whatever
        its confidence."""
        rows = len(next(iter(probs.values())))
        return [
            {
                aspect: Scores.of(
                    labels,
                    probs[aspect][row],
                    self.calibration[aspect]["threshold"],
                    bool(doubtful[aspect][row]),
                )
                for aspect, labels in self.labels.items()
            }
            for row in range(rows)
        ]

    def _spelled(self) -> dict[str, slice]:
        """Of token rows: the logits of parts of each group whose net spells; behind them stands how
        many parts these are."""
        places, start = {}, self.text_width
        for name, (_, logits) in self.spelling.items():
            places[name] = slice(start, start + logits.shape[1])
            start += logits.shape[1] + 1
        return places

    def _tensors(
        self, text: Rows, lengths: Lengths, image: Rows, has_image: Flags
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """All with as many rows as the longest of ``text`` and ``image``; what parts of words say is
        no longer a mean over tokens, but their sum, divided by the square root of their number."""
        (rows,) = np.broadcast_shapes(text.shape[:1], image.shape[1:2])
        counts = np.broadcast_to(np.asarray(lengths), rows)
        said = np.broadcast_to(text, (rows, text.shape[1])).copy()
        for place in self._spelled().values():
            number = (said[:, place.stop] * counts).clip(min=1)
            said[:, place] *= (counts / np.sqrt(number))[:, None]
        words = torch.from_numpy(said).to(self.device)
        images = torch.from_numpy(image).to(self.device).expand(-1, rows, -1)
        flags = [
            torch.as_tensor(there, device=self.device).expand(rows)
            for there in (counts > 0, np.asarray(has_image))
        ]
        return words, images, flags
