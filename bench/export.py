"""Do exported files give the probabilities of mmsent? Each model of the page is exported with its
encoders, both read the same inputs, and the largest difference of a calibrated probability is told.

    python -m bench.export             # 50 inputs a task, a minute on two cores
    python -m bench.export --inputs 5

The inputs are made here: crops of the photos inside scikit-image, plain sentences, noise that rises
and falls. What they show does not matter, since both have to say the same of it.
"""

import argparse
import tempfile
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from pathlib import Path
from pkgutil import resolve_name

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from skimage import data

import mmsent
from bench.exported import Exported, Probs
from bench.targets import report
from mmsent import hub
from mmsent.console import manual_parser
from mmsent.export.command import EXPORTS
from mmsent.export.graph import write
from mmsent.mel import MELS
from mmsent.pipelines.clip_answers import predict_by_mode
from mmsent.pipelines.clip_readers import Utterances
from mmsent.pipelines.video_inputs import face_rows, text_rows

TARGET = 1e-3
Cases = Callable[[Mapping[str, str], int, Exported], list[float]]  # differences, one a case
WHO = ("the strap", "my phone", "this film", "the waiter", "our dog", "the new bag", "your talk")
DID = ("broke after a day", "made me smile", "was a waste of money", "came late, again", "is fine")
MOOD = ("I love it.", "Never again!", "What a day.", "It could be worse.", "So good, so sad.")
SENTENCES = [f"{who} {did}. {mood}" for mood, did, who in product(MOOD, DID, WHO)]


def export_all(folder: Path) -> None:
    """Every export of ``mmsent export`` into ``folder``, of the checkpoints that ship."""
    for name, maker in EXPORTS.items():
        if (hub.ROOT / name).is_dir():
            write(resolve_name(maker)(None), folder / f"{name}.onnx")


def photos(count: int) -> list[NDArray[np.uint8]]:
    """Pieces of several photos, of many shapes."""
    whole = [data.astronaut(), data.coffee(), data.chelsea(), data.rocket()]
    random = np.random.default_rng(0)
    pieces = []
    for i in range(count):
        picture = whole[i % len(whole)]
        height, width = random.integers(90, picture.shape[:2])
        pieces.append(np.ascontiguousarray(picture[-height:, -width:]))
    return pieces


def crops(count: int, size: int) -> list[NDArray[np.uint8]]:
    """Grey squares of these."""
    return [
        np.asarray(Image.fromarray(photo).convert("L").resize((size, size)))
        for photo in photos(count)
    ]


def gap(found: Probs, expected: Probs) -> float:
    """The largest difference of a probability that both tell."""
    return float(np.max([np.abs(found[name] - expected[name]).max() for name in expected]))


def faces(sources: Mapping[str, str], count: int, exported: Exported) -> list[float]:
    pipeline = mmsent.load("face", sources.get("face"), "cpu")
    made = crops(count, pipeline.size)
    expected = [np.array(scores.probs) for scores in pipeline.classify(made)]
    return [
        gap(exported.face(crop), {"emotion": probs})
        for crop, probs in zip(made, expected, strict=True)
    ]


def reviews(sources: Mapping[str, str], count: int, exported: Exported) -> list[float]:
    """Every other one has a photo."""
    pipeline = mmsent.load("review", sources.get("review"), "cpu")
    seen = [photo if i % 2 else None for i, photo in enumerate(photos(count))]
    said = SENTENCES[:count]
    return [
        gap(exported.review(text, photo), {"sentiment": np.array(scores.probs)})
        for text, photo, scores in zip(said, seen, pipeline.classify(said, seen), strict=True)
    ]


def memes(sources: Mapping[str, str], count: int, exported: Exported) -> list[float]:
    pipeline = mmsent.load("meme", sources.get("meme"), "cpu")
    answers = pipeline.answer(photos(count), SENTENCES[:count])
    gaps = []
    for photo, text, (aspects, words) in zip(photos(count), SENTENCES, answers, strict=False):
        told = aspects | {f"words_{name}": scores for name, scores in words.items()}
        expected = {name: np.array(scores.probs) for name, scores in told.items()}
        gaps.append(gap(exported.meme(photo, text), expected))
    return gaps


def utterances(sources: Mapping[str, str], count: int, exported: Exported) -> list[float]:
    """Each with every set of words, voice and face."""
    pipeline = mmsent.load("video", sources.get("video"), "cpu")
    face, speech = pipeline.face, pipeline.speech
    assert face
    assert speech
    random = np.random.default_rng(0)
    said = [SENTENCES[max(0, i - 3) : i + 1] for i in range(count)]
    shown = [np.stack(crops(1 + i % 4, face.size)) for i in range(count)]
    heard = [_sound(random, 40 + 10 * i) for i in range(count)]
    rows, has_text = text_rows(pipeline.text, [s[-1] for s in said], [s[:-1] for s in said])
    inputs = Utterances(
        np.stack([has_text, np.ones(count, bool), np.ones(count, bool)], axis=1),
        rows,
        [speech.voice(mel) for mel in heard],
        [face_rows(face.embeddings(list(part))) for part in shown],
    )
    config = hub.read_config(pipeline.folder, "video")
    probs = predict_by_mode(pipeline.net, config, inputs, face.width, pipeline.modalities)
    return [
        float(
            np.max(
                [
                    _gap_of_mode(
                        exported,
                        mode,
                        said[i],
                        shown[i],
                        heard[i],
                        {kind: part[i] for kind, part in kinds.items()},
                    )
                    for mode, kinds in probs.items()
                ]
            )
        )
        for i in range(count)
    ]


def _gap_of_mode(
    exported: Exported,
    mode: str,
    said: Sequence[str],
    shown: NDArray[np.uint8],
    heard: NDArray[np.float32],
    expected: Probs,
) -> float:
    """Of one utterance, with the modalities that ``mode`` names."""
    found = exported.video(
        said if "text" in mode else [],
        shown if "face" in mode else None,
        heard if "audio" in mode else None,
    )
    return gap(found, expected)


def _sound(random: np.random.Generator, rows: int) -> NDArray[np.float32]:
    """Log-mel of noise that rises and falls."""
    wave = np.sin(np.linspace(0, 9, rows))[:, None] + np.linspace(1, -3, MELS)
    return (wave + random.normal(0, 0.5, (rows, MELS))).astype(np.float32)


CASES: Mapping[str, Cases] = {
    "faces": faces,
    "reviews": reviews,
    "memes": memes,
    "utterances of clips": utterances,
}


def differences(
    sources: Mapping[str, str], count: int, exported: Exported
) -> dict[str, Sequence[float]]:
    """Between mmsent and ``exported``, of ``count`` inputs of each kind."""
    return {name: cases(sources, count, exported) for name, cases in CASES.items()}


def main() -> None:
    parser = manual_parser("python -m bench.export", __doc__)
    parser.add_argument("--inputs", type=int, default=50, help=f"of each kind, {_most()} at most")
    args: argparse.Namespace = parser.parse_args()
    torch.set_num_threads(2)
    with tempfile.TemporaryDirectory() as folder:
        export_all(Path(folder))
        found = differences({}, min(args.inputs, _most()), Exported(Path(folder)))
    report(
        [
            (f"{name} (n = {len(gaps)}), largest", most, f"<= {TARGET}", most <= TARGET)
            for name, gaps in found.items()
            for most in [float(np.max(gaps))]
        ],
        digits=7,
    )


def _most() -> int:
    return len(SENTENCES)


if __name__ == "__main__":
    main()
