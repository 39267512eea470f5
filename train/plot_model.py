"""Draw the graph of a model as SVG.

    python -m train.plot_model face review meme video            # as the checkpoints have them, to docs/model-<name>.svg
    python -m train.plot_model meme-reference --out /tmp

Review and meme are drawn with the encoders they stand on, video from the features of words, faces
and voices on.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from mmsent import hub
from mmsent.console import manual_parser
from mmsent.labels import MEMOTION_ASPECTS
from mmsent.models.face import FaceNet
from mmsent.models.fusion import ReviewNet
from mmsent.models.image import ImageEncoder
from mmsent.models.meme import MemeNets
from mmsent.models.text import TextEncoder
from mmsent.models.video import VideoNet
from mmsent.pipelines.encoders import named_source
from train.common.model_graph import Inputs, draw
from train.meme.reference_net import SIZE, ReferenceNet

WORDS, FACES = 16, 4  # tokens and faces of the example


class NetWithEncoders(nn.Module):
    """The net of reviews or memes with the encoders it stands on."""

    def __init__(self, text: TextEncoder, image: ImageEncoder, head: nn.Module) -> None:
        super().__init__()
        self.text, self.image, self.head = text, image, head

    def forward(self, ids: Tensor, pixels: Tensor) -> Tensor:
        """ids (1, T), pixels (1, 3, S, S) -> (1, labels) logits."""
        (tokens, _), (patches, pooled) = self.text(ids), self.image(pixels)
        if isinstance(self.head, ReviewNet):
            return self.head(
                tokens, ids > 0, patches, torch.ones(patches.shape[:2], dtype=torch.bool), ids
            )[0]
        mask = torch.ones(1, dtype=torch.bool)
        return self.head(tokens.mean(dim=1), mask, pooled, mask)


def build(name: str) -> tuple[nn.Module, Inputs]:
    """The net ``name`` in the shape its checkpoint says (see ``hub.find``), weights random, and an
    example of its inputs."""
    if name == "meme-reference":
        return ReferenceNet(SIZE, 384, MEMOTION_ASPECTS), {
            "pixels": _pixels(3, SIZE),
            "embeddings": torch.zeros(1, 384),
        }
    folder = hub.find(name)
    config = hub.read_config(folder, name)
    if name == "face":
        return FaceNet(**config["architecture"]), {
            "pixels": _pixels(1, config["preprocessing"]["size"])
        }
    if name == "video":
        video = VideoNet(**config["architecture"])
        present = torch.ones(1, dtype=torch.bool)
        faces, face_mask = (
            torch.zeros(1, FACES, video.face_width),
            torch.ones(1, FACES, dtype=torch.bool),
        )
        words, voice = torch.zeros(1, video.text_width), torch.zeros(1, video.voice_width)
        return video.eval(), {
            "text": words,
            "has_text": present,
            "faces": faces,
            "face_mask": face_mask,
            "voice": voice,
            "has_voice": present,
        }
    of = {
        part: hub.read_config(hub.find(part, named_source(folder, it)), part)
        for part, it in config["encoders"].items()
    }
    shape = config["architecture"]
    if name == "review":
        head: nn.Module = ReviewNet(**shape)
    else:  # the net with branches; that of harm is one layer
        nets = MemeNets(
            **shape, groups=config["groups"], labels=config["labels"], words=config["words"]
        )
        head = nets["memotion"]
    text, image = (
        TextEncoder(of["text"]["architecture"]["encoder"]),
        ImageEncoder(of["image"]["architecture"], (0.5,), (0.25,)),
    )
    inputs = {
        "ids": torch.ones(1, WORDS, dtype=torch.long),
        "pixels": _pixels(3, of["image"]["preprocessing"]["size"]),
    }
    return NetWithEncoders(text, image, head), inputs


def _pixels(channels: int, size: int) -> Tensor:
    return torch.zeros(1, channels, size, size, dtype=torch.uint8)


def main() -> None:
    parser = manual_parser("python -m train.plot_model", __doc__)
    parser.add_argument(
        "models", nargs="+", choices=("face", "review", "meme", "video", "meme-reference")
    )
    parser.add_argument("--out", type=Path, default=Path("docs"), help="folder of the pictures")
    args = parser.parse_args()
    for name in args.models:
        net, inputs = build(name)
        (args.out / f"model-{name}.svg").write_text(draw(net, inputs, name), encoding="utf-8")


if __name__ == "__main__":
    main()
