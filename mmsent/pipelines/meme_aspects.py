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
from mmsent.results import Scores

Rows = NDArray[np.float32]
Flags = bool | NDArray[np.bool_]  # of each row, or of all
Probs = dict[str, NDArray[np.floating]]


class AspectNets:
    """One net for each group of aspects, those that were learnt from the same data. A group has its
    own way to prepare pictures, so images are (G, N, width): what the encoder makes of ``fitted``
    pictures, group by group.
    """

    def __init__(self, folder: Path, config: Mapping[str, Any], device: str) -> None:
        """``config`` is that of the meme checkpoint in ``folder``. Raises CheckpointError where it
        has aspects or labels that are not in MEME_ASPECTS."""
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
        self.lexicons: dict[str, Rows] = {
            name: weights[f"{name}.lexicon.weight"].float().cpu().numpy()
            for name, group in self.groups.items()
            if group["net"] == "linear"
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
        """(T, F) of what is averaged over the tokens of a text: their states, and the logits that
        linear nets have for each. Where the nets read its vector, that is the one token."""
        found = [lexicon[tokens.ids] for lexicon in self.lexicons.values()]
        return np.concatenate([tokens.states.astype(np.float32), *found], axis=1)

    @torch.inference_mode()
    def probs(self, text: Rows, has_text: Flags, image: Rows, has_image: Flags) -> Probs:
        """Calibrated (N, labels) probabilities of each aspect from means of token rows (N, F) and
        what is seen of pictures (G, N, width), or one row for all, and whether they are there."""
        words, images, flags = self._tensors(text, has_text, image, has_image)
        found: Probs = {}
        for name, picture in zip(self.groups, images, strict=True):
            told = words[:, self._columns(name)]
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
        self, text: Rows, has_text: Flags, image: Rows, has_image: Flags
    ) -> dict[str, NDArray[np.bool_]]:
        """(N,) of each aspect, likewise: whether a row is unlike those that its group learnt from."""
        words, images, flags = self._tensors(text, has_text, image, has_image)
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
        self, text: Rows, has_text: Flags, image: Rows, has_image: Flags, doubtful: Sequence[bool]
    ) -> list[dict[str, Scores]]:
        """Of each row of ``probs``; ``doubtful`` (N): the model abstains from all aspects of a row,
        as it does from those whose training rows were unlike it."""
        far = self.unfamiliar(text, has_text, image, has_image)
        doubts = {aspect: rows | np.array(doubtful) for aspect, rows in far.items()}
        return self.scores(self.probs(text, has_text, image, has_image), doubts)

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

    def _columns(self, group: str) -> list[int]:
        """Of means of token rows: those that the group's net reads."""
        columns = list(range(self.text_width))
        start = self.text_width
        for name, lexicon in self.lexicons.items():
            if name == group:
                columns += range(start, start + lexicon.shape[1])
            start += lexicon.shape[1]
        return columns

    def _tensors(
        self, text: Rows, has_text: Flags, image: Rows, has_image: Flags
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """All with as many rows as the longest of ``text`` and ``image``."""
        (rows,) = np.broadcast_shapes(text.shape[:1], image.shape[1:2])
        words = torch.from_numpy(text).to(self.device).expand(rows, -1)
        images = torch.from_numpy(image).to(self.device).expand(-1, rows, -1)
        flags = [
            torch.as_tensor(there, device=self.device).expand(rows)
            for there in (has_text, has_image)
        ]
        return words, images, flags
