"""Does the map over a face show what matters? Its strongest places are painted over in the crop,
which is read again, and the emotion must fall further than after as many random places.

    python -m bench.faithfulness_faces --data DATA --rows 200

FER2013's faces of PublicTest, on which nothing was trained, toward the emotion that was read.
"ships" is the map on the page, a mean over each place; "gradcam" is Grad-CAM (Selvaraju et al.
2017, arXiv:1610.02391), which mmsent 0.1 showed; "mean" and "blur" are occlusion: the crop is read
again with one place in its mean grey, or blurred. What is taken out is painted over in both ways as
well, since a map that paints as the test does is favoured by it. Drops are signed, in probability,
with 95 % intervals of the paired difference to random.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm import tqdm

import mmsent
from bench.faithfulness_painting import blur, cells_of, mean_colour
from bench.faithfulness_photos import DRAWS, SHARES, Map, report
from mmsent import runtime
from mmsent.calibrate import probabilities
from mmsent.explain import PLACES, log_odds, occlusion_map
from mmsent.media import Picture
from mmsent.models.face import FaceNet
from mmsent.pipelines.face import FacePipeline
from train.face.data import read_parts

PAINTS = {"mean": mean_colour, "blur": blur}


class Crop:
    """A face of FER2013 and what is read of it."""

    def __init__(self, face: FacePipeline, pixels: NDArray[np.uint8]) -> None:
        self.face, self.pixels = face, pixels
        self.picture: Picture = np.repeat(pixels[..., None], 3, axis=2)
        self.cells = cells_of(len(pixels), PLACES)
        self.top = int(face.logits([pixels])[0].argmax())

    def probs(self, pictures: list[Picture]) -> NDArray[np.floating]:
        """(N,) of the emotion that was read."""
        logits = self.face.logits([picture[..., 0] for picture in pictures])
        return probabilities(logits, self.face.temperature)[:, self.top]

    def maps(self) -> dict[str, Map]:
        batch = torch.from_numpy(self.pixels)[None, None]
        heats = {
            "ships": occlusion_map(
                self.pixels,
                lambda crops: log_odds(self.probs([np.stack([crop] * 3, -1) for crop in crops])),
            ),
            "gradcam": grad_cam(self.face.net, batch, self.top),
        }
        found = {
            name: np.array([heat[cell].mean() for cell in self.cells])
            for name, heat in heats.items()
        }
        for name, paint in PAINTS.items():
            pictures = [paint(self.picture, [cell]) for cell in self.cells]
            odds = log_odds(self.probs([self.picture, *pictures]))
            found[name] = odds[0] - odds[1:]
        return found

    def drops(self, random: np.random.Generator) -> dict[str, dict[str, float]]:
        """For each way to paint over, "gradcam 20%" -> difference of probability."""
        orders = {name: np.argsort(-of, kind="stable") for name, of in self.maps().items()}
        draws = [random.permutation(len(self.cells)) for _ in range(DRAWS)]
        orders |= {f"random {draw}": order for draw, order in enumerate(draws)}
        keys = [(name, share) for name in orders for share in SHARES]
        tables = {}
        for way, paint in PAINTS.items():
            pictures = [
                paint(self.picture, [self.cells[i] for i in orders[name][: self.count(share)]])
                for name, share in keys
            ]
            whole, *left = self.probs([self.picture, *pictures])
            found = {
                f"{name} {share:.0%}": float(whole - p)
                for (name, share), p in zip(keys, left, strict=True)
            }
            for share in SHARES:
                each = [found.pop(f"random {draw} {share:.0%}") for draw in range(DRAWS)]
                found[f"random {share:.0%}"] = float(np.mean(each))
            tables[way] = found
        return tables

    def count(self, share: float) -> int:
        return round(share * len(self.cells))


def grad_cam(net: FaceNet, batch: Tensor, label: int) -> NDArray[np.float32]:
    """(H, W) float32 in 0..1, from the last stage: earlier ones point beside the face."""
    activations: list[Tensor] = []
    layer = net.backbone.get_submodule("layer4")
    handle = layer.register_forward_hook(lambda module, inputs, output: activations.append(output))
    try:
        with torch.enable_grad():
            score = net(batch.float().requires_grad_())[0, label]
            (gradient,) = torch.autograd.grad(score, activations[0])
    finally:
        handle.remove()
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    heat = torch.relu((weights * activations[0]).sum(dim=1, keepdim=True))
    heat = nn.functional.interpolate(heat, batch.shape[2:], mode="bicubic").clamp(min=0)
    return (heat / heat.amax().clamp(min=1e-8))[0, 0].detach().numpy()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with face")
    parser.add_argument("--rows", type=int, default=200, help="at most")
    parser.add_argument("--out", type=Path, help="a JSON file for the figures")
    args = parser.parse_args()
    torch.set_num_threads(1)
    runtime.THREADS = 1  # it runs beside other work
    face = mmsent.load("face", device="cpu")
    pixels = read_parts(args.data / "face")["PublicTest"].pixels
    chosen = np.random.default_rng(0).permutation(len(pixels))[: args.rows]
    tables = [
        Crop(face, np.asarray(pixels[i]).reshape(face.size, face.size)).drops(
            np.random.default_rng(number)
        )
        for number, i in enumerate(tqdm(chosen, mininterval=10))
    ]
    figures = {}
    for way in PAINTS:
        print(f"\npainted over: {way}, n = {len(tables)}")
        figures[way] = report([table[way] for table in tables])
    if args.out:
        args.out.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
