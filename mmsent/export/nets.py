"""The nets in the form in which they travel, where that differs from the form that they are trained
in: what mmsent does around a net in Python is part of the graph."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mmsent.labels import segments
from mmsent.models.backbone import RESNET18_FEATURES
from mmsent.models.face import FaceEmbedding, FaceNet
from mmsent.models.meme import MemeNets
from mmsent.models.video import VideoNet
from mmsent.pipelines.encoders import TextFeatures
from mmsent.pipelines.meme_words import head_weights, merging

SMALLEST = 1e-12  # probability whose logarithm is taken, as in meme_words.judge_words


class FaceGraph(nn.Module):
    """Face crops to emotion logits, and to the embeddings that the video net gets."""

    def __init__(self, net: FaceNet) -> None:
        super().__init__()
        self.embedding = FaceEmbedding(net)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        embedding = self.embedding(pixels)
        return embedding[:, RESNET18_FEATURES:], embedding


class MemeGraph(nn.Module):
    """Token states of a caption and patches of a picture to every aspect: the means over tokens and
    patches, the nets of all groups, the distances from their training rows, and what the words say.
    """

    def __init__(
        self,
        nets: MemeNets,
        groups: Mapping[str, Mapping[str, Any]],
        labels: Mapping[str, Sequence[str]],
        words: Sequence["WordsHead"],
    ) -> None:
        """``groups`` and ``labels`` are those of the checkpoint's config."""
        super().__init__()
        self.nets, self.groups = nets, groups
        self.places = [
            segments({aspect: labels[aspect] for aspect in group["aspects"]}).values()
            for group in groups.values()
        ]
        self.words = nn.ModuleList(words)

    def forward(
        self, tokens: Tensor, token_mask: Tensor, has_image: Tensor, *others: Tensor
    ) -> tuple[Tensor, ...]:
        """Logits of each aspect, group by group, then the distances (N,) of groups that have them,
        then the logits of each head of the words.

        ``others`` are the patches of each group, the parts of the words for each that spells, and
        the mean token state (N, width) that the words are judged by, if they are.
        """
        patches, rest = others[: len(self.groups)], list(others[len(self.groups) :])
        has_text = token_mask.any(dim=1)
        share = token_mask / token_mask.sum(dim=1, keepdim=True).clamp(min=1)
        mean = (share[:, None] @ tokens)[:, 0]
        logits, distances = [], []
        for name, places, rows in zip(self.groups, self.places, patches, strict=True):
            net: Any = self.nets[name]
            picture = rows.mean(dim=1)
            said = mean
            if hasattr(net, "parts"):
                said = torch.cat([mean, net.spelled(rest.pop(0))], dim=1)
            found = net(said, has_text, picture, has_image)
            logits += [found[:, place] for place in places]
            if "familiarity" in self.groups[name]:
                far: Any = self.nets[f"{name}_familiar"]
                there = torch.stack([has_text, has_image]).to(mean.dtype)
                sides = torch.stack([far["text"](mean), far["image"](picture)])
                distances.append((sides * there).sum(dim=0) / there.sum(dim=0).clamp(min=1))
        return (*logits, *distances, *(head(*rest) for head in self.words))


class WordsHead(nn.Module):
    """A head that judges the words, its labels put together as a meme checkpoint has
    them: ``meme_words.judge_words`` before the temperature."""

    weight: Tensor
    bias: Tensor
    sums: Tensor

    def __init__(self, text: TextFeatures, head: Mapping[str, Any]) -> None:
        super().__init__()
        weight, bias = head_weights(text, head)
        sums = merging(text.labels[head["task"]], head["labels"])
        self.register_buffer("weight", torch.from_numpy(weight))
        self.register_buffer("bias", torch.from_numpy(bias))
        self.register_buffer("sums", torch.from_numpy(sums).float())

    def forward(self, sentences: Tensor) -> Tensor:
        """(N, width) means of token states -> (N, labels) logarithms of probabilities."""
        probs = (sentences @ self.weight.T + self.bias).softmax(dim=1)
        return (probs @ self.sums).clamp(min=SMALLEST).log()


class VideoGraph(nn.Module):
    """``VideoNet`` without its branches: each modality is judged in every row, and what is missing
    counts for nothing."""

    def __init__(self, net: VideoNet) -> None:
        super().__init__()
        self.net = net

    def forward(
        self,
        text: Tensor,
        has_text: Tensor,
        faces: Tensor,
        face_mask: Tensor,
        voice: Tensor,
        has_voice: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """As ``VideoNet.forward``."""
        net = self.net
        there = torch.stack([has_text, has_voice, face_mask.any(dim=1)], dim=1)
        judged = (net.text(text), net.voice(voice), net.face(faces, face_mask))
        emotion, sentiment = (
            torch.where(there[..., None], torch.stack(sides, dim=1), 0.0)
            for sides in zip(*judged, strict=True)
        )
        return net.emotion(emotion, there), net.sentiment(sentiment, there)
