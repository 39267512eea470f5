"""The presets of the reference at toy size, each trained and pushed to the local Hub by its command,
with what the net that was trained says of some rows."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from matplotlib.figure import Figure

from mmsent import hub
from mmsent.calibrate import probabilities
from mmsent.media import open_image
from mmsent.pipelines.encoders import squash
from tests.pushed import Pushed, run_script
from tests.toy_reference import TOKENS, TOY, write_reviews
from tests.train.test_meme_reference import MEME_TOY, SIDE, caption_of, write_memes, write_sentences
from tests.train.test_video_reference import FOLDERS, VIDEO_TOY, WORDS
from train.meme import __main__ as meme_script
from train.meme import reference as meme_reference
from train.review import __main__ as review_script
from train.review import reference as review_reference
from train.video import __main__ as video_script
from train.video import meld_raw
from train.video import reference as video_reference

ROWS = 4


def write_names(folder: Path, figures: dict[str, Figure]) -> None:
    """In the place of ``write_plots``: drawing takes longer than learning at this size."""
    folder.mkdir(exist_ok=True)
    for name in figures:
        (folder / f"{name}.png").write_bytes(b"a picture")


def review(preset: str, encoders, folder: Path, fake, patch) -> Pushed:
    folder.mkdir()
    data = write_reviews(folder / "data", 80, wrong=7)
    held = SimpleNamespace()

    def keep(work, net, preset, rows, learnt, figures):
        held.net, held.data = net, rows
        return Figure()

    patch.setattr(review_reference, "MAX_LENGTH", TOKENS)
    patch.setattr(review_reference, "draw_attention", keep)
    patch.setattr(review_script, "REFERENCE_PLAN", TOY)
    models = ["--text-model", encoders[0], "--image-model", encoders[1], "--epochs", 16]
    run_script(
        review_script.main, patch, "--preset", preset, "--data", data, *models,
        "--push-to", f"me/{preset}", "--runs", folder / "runs", "--out", folder / "out",
    )  # fmt: skip
    steps = hub.read_config(folder / "out", "review")["calibration"]["both"]
    expected, rows = [], []
    for row in range(ROWS):
        sample = held.data[row]
        with torch.inference_mode():
            logits, _ = held.net(*(sample[name][None] for name in ("ids", "read", "pixels")))
        probs = probabilities(logits.numpy(), steps["temperature"], steps["bias"])[0]
        expected.append({"sentiment": probs.tolist()})
        rows.append((held.data.rows[row][0].text, str(held.data.rows[row][0].image)))
    repository = fake.repositories[f"me/{preset}"]
    return Pushed("review", f"me/{preset}@v1", folder, repository, rows, expected)


def meme(folder: Path, fake, patch) -> Pushed:
    folder.mkdir()
    data, held = write_memes(folder / "data", 120, wrong=5), SimpleNamespace()
    made = meme_reference.own_group

    def keep(net, aspects, training, held_out, history):
        # its figures are those of the weights as they are written, and so are these answers
        held.net, held.data, held.aspects = net, held_out, aspects
        return made(net, aspects, training, held_out, history)

    patch.setattr(meme_reference, "SIZE", SIDE)
    patch.setattr(meme_reference, "own_group", keep)
    patch.setattr(meme_script, "REFERENCE_PLAN", MEME_TOY)
    run_script(
        meme_script.main, patch, "--preset", "reference", "--data", data,
        "--images", folder / "data" / "images", "--text-model", write_sentences(folder / "sentences"),
        "--push-to", "me/meme", "--runs", folder / "runs", "--out", folder / "out", "--epochs", 8,
    )  # fmt: skip
    calibration = hub.read_config(folder / "out", "meme")["calibration"]
    numbers = {
        squash(open_image(path), SIDE).tobytes(): int(path.stem)
        for path in (folder / "data" / "images").iterdir()
    }
    expected, rows = [], []
    for row in range(ROWS):
        number = numbers[np.asarray(held.data.memes[row].picture).tobytes()]
        rows.append((str(folder / "data" / "images" / f"{number}.png"), caption_of(number)))
        pixels, embedding, _ = held.data[row]
        with torch.inference_mode():
            logits = held.net(pixels[None], embedding[None])
        steps = {aspect: calibration[aspect] for aspect in held.aspects}
        expected.append(
            {
                aspect: probabilities(
                    logits[aspect].numpy(), steps[aspect]["temperature"], steps[aspect]["bias"]
                )[0].tolist()
                for aspect in held.aspects
            }
        )
    return Pushed("meme", "me/meme@v1", folder, fake.repositories["me/meme"], rows, expected)


def video(meld: Path, bert: str, folder: Path, fake, patch) -> Pushed:
    """Its last row has no words. The command runs twice: the second time nothing is left to do."""
    folder.mkdir()
    held, export = SimpleNamespace(), video_reference.export_reference
    given = {"text+audio+picture": (True, True, True), "audio+picture": (False, True, True)}

    def keep(trainer, parts, *rest):
        metrics = export(trainer, parts, *rest)
        held.logits = {
            mode: trainer.predict(parts["test"], sides)[1] for mode, sides in given.items()
        }
        return metrics

    toy = {"WEIGHTS": None, "FRAMES": 2, "FRAME_SIDE": 16, "MAX_LENGTH": 8, "MEL_ROWS": 100}
    for name, value in toy.items():
        patch.setattr(video_reference, name, value)
    patch.setattr(video_reference, "export_reference", keep)
    patch.setattr(video_script, "REFERENCE_PLAN", VIDEO_TOY)
    for _ in range(2):
        run_script(
            video_script.main, patch, "--preset", "reference", "--data", meld, "--text-model", bert,
            "--push-to", "me/video", "--runs", folder / "runs", "--out", folder / "out",
        )  # fmt: skip
        patch.setattr(meld_raw, "watch_clip", None)  # what was encoded is not encoded again
    calibration = hub.read_config(folder / "out", "video")["calibration"]
    expected, rows = [], []
    for row in range(ROWS):
        mode, said = ("audio+picture", "") if row == ROWS - 1 else (next(iter(given)), WORDS[row])
        subtitles = f"1\n00:00:00,000 --> 00:00:09,000\n{said}\n"  # as long as the clip
        clip = meld / FOLDERS["test"] / f"dia0_utt{row}.mp4"
        rows.append((str(clip), subtitles if said else ""))
        expected.append(
            {
                task: probabilities(part.numpy(), calibration[mode][task]["temperature"])[
                    row
                ].tolist()
                for task, part in held.logits[mode].items()
            }
        )
    return Pushed("video", "me/video@v1", folder, fake.repositories["me/video"], rows, expected)
