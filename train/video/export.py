"""From trained video nets to a published folder: trust, calibration, the one evaluation of the test
rows, plots, model card."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mmsent import hub
from mmsent.calibrate import (
    abstention_threshold,
    expected_calibration_error,
    fit_temperature,
    probabilities,
)
from mmsent.labels import CONVERSATION_EMOTIONS, SENTIMENTS
from mmsent.models.video import VideoNet
from mmsent.pipelines.video_inputs import MODALITIES, collate_moments, mode_names
from train.common import plots
from train.common.evaluate import Labels, Metrics, bootstrap, calibration_limit, evaluate
from train.video.card import model_card
from train.video.data import CONVERSATION_OF, Corpora
from train.video.single_modality import SENTIMENT_OF, UNKNOWN
from train.video.trust import Side, Tuples, draw_tuples, fit_trust, tuples_of
from train.video.voice import VoiceLogits

CHUNK = 256
TITLES = {"text": "MELD", "audio": "RAVDESS", "face": "FER2013"}
TASKS = {"emotion": CONVERSATION_EMOTIONS, "sentiment": SENTIMENTS}
# corpora whose unheard speakers calibrate the voice alone: TESS has but two
LIKE_TEST = ("ravdess", "urdu")

Both = tuple[NDArray[np.float32], NDArray[np.float32]]  # emotion (N, 7) and sentiment (N, 3) logits


@dataclass(frozen=True)
class Seed:
    """What was learnt with one seed: the net, the rows of metrics, and what the known voices, as
    they were recorded, sound like to nets that had not heard their corpus (``strange``) or their
    speaker (``others``)."""

    net: VideoNet
    history: list[dict[str, float]]
    strange: VoiceLogits
    others: VoiceLogits


def export_video(seeds: Sequence[Seed], config: hub.Config, corpora: Corpora, out: Path) -> Metrics:
    """Writes to ``out`` the checkpoint of the first of ``seeds``, metrics.json, plots and
    README.md; returns the metrics.

    The parts "val" of words and faces and the known voices, as strangers, fit how much each side
    counts, temperatures and thresholds; "test" is evaluated once.
    """
    first = seeds[0]
    for seed in seeds:
        fit_trust(trusts(seed.net), held_out(seed, corpora))
    hub.save_checkpoint(out, first.net, config)
    hub.load_weights(first.net, out)  # what is scored is what was written, in half precision
    calibration = calibrate(first, corpora)
    hub.save_checkpoint(out, first.net, config | {"calibration": calibration})
    test = sides(first.net, corpora, "test")
    metrics: Metrics = {"validation": {}, "test": {}}
    for key, part in (("validation", held_out(first, corpora)), ("test", test)):
        for name, side in part.items():
            if key == "validation" and name == "audio":
                side = as_others(first, corpora)
            scores = {task: score(side, calibration[name], task) for task in TASKS}
            metrics[key][name] = scores if name == "text" else {"emotion": scores["emotion"]}
    figures = {"training_curves": plots.training_curves(first.history)} if first.history else {}
    for name, side in test.items():
        probs = probabilities(side.logits["emotion"], calibration[name]["emotion"]["temperature"])
        title = f"{TITLES[name]}, {name} alone"
        figures[f"confusion_{name}"] = plots.confusion(
            side.emotions, probs.argmax(1), CONVERSATION_EMOTIONS, title
        )
        figures[f"reliability_{name}"] = plots.reliability(probs, side.emotions, title)
    metrics["seeds"] = spread_alone([sides(seed.net, corpora, "test") for seed in seeds])
    metrics["baselines"] = baselines(corpora, test)
    metrics["tuples"] = told(
        [together(seed.net, sides(seed.net, corpora, "test")) for seed in seeds]
    )
    metrics["unseen"] = unseen(seeds, corpora, calibration)
    plots.write_plots(out / "plots", figures)
    (out / "README.md").write_text(
        model_card(hub.read_config(out, "video"), metrics), encoding="utf-8"
    )
    metrics = hub.save_metrics(out, metrics)
    for name in MODALITIES:
        for task, scores in metrics["test"][name].items():
            keys = (
                "n",
                "accuracy",
                "floor_accuracy",
                "macro_f1",
                "weighted_f1",
                "floor_weighted_f1",
                "ece",
            )
            print("test", name, task, "  ".join(f"{key} {scores[key]}" for key in keys))
    print(json.dumps({name: metrics[name] for name in ("seeds", "tuples", "unseen")}, indent=1))
    return metrics


def trusts(net: VideoNet) -> dict:
    return {"emotion": net.emotion, "sentiment": net.sentiment}


@torch.inference_mode()
def sides(net: VideoNet, corpora: Corpora, part: str) -> dict[str, Side]:
    """What the net says of the words, voices and faces of a part, each alone; of "val" without
    voices."""
    words, faces = corpora.words[part], corpora.faces[part]
    found = {
        "text": side(_alone(net, "text", words.rows), words.emotions, words.sentiments),
        "face": side(_alone(net, "face", faces.rows[:, 0]), faces.emotions),
    }
    if part == "test":
        voices = corpora.voices[part]
        found["audio"] = side(
            _alone(net, "audio", voices.states), voices.emotions, groups=voices.corpora
        )
    return {name: found[name] for name in MODALITIES if name in found}


def side(
    logits: Both,
    emotions: NDArray[np.int64],
    sentiments: NDArray[np.int64] | None = None,
    groups: NDArray | None = None,
) -> Side:
    """Sentiments None: those of the emotions; groups None: one."""
    feelings = SENTIMENT_OF[emotions] if sentiments is None else sentiments
    return Side(
        dict(zip(TASKS, logits, strict=True)),
        emotions,
        feelings,
        np.zeros(len(emotions)) if groups is None else groups,
    )


def _alone(net: VideoNet, name: str, rows: NDArray) -> Both:
    """Raw logits of rows of one modality, along the path of the app."""
    net = net.cpu().eval()
    parts = []
    for start in range(0, len(rows), CHUNK):
        some = rows[start : start + CHUNK].astype(np.float32)
        nothing = [None] * len(some)
        text = some if name == "text" else np.zeros((len(some), net.text_width), np.float32)
        faces = [row[None] for row in some] if name == "face" else nothing
        voices = list(some) if name == "audio" else nothing
        inputs = collate_moments(
            text, np.full(len(some), name == "text"), faces, voices, net.face_width, net.voice_width
        )
        parts.append([output.numpy() for output in net(*inputs)])
    emotion, sentiment = (np.concatenate(column) for column in zip(*parts, strict=True))
    return emotion, sentiment


def held_out(seed: Seed, corpora: Corpora) -> dict[str, Side]:
    """What is said of rows that nothing was learnt from: words and faces of "val", voices of
    corpora that were not heard."""
    voices, val = corpora.voices["known"].recorded, sides(seed.net, corpora, "val")
    heard = side(
        (seed.strange.emotion, seed.strange.sentiment), voices.emotions, groups=voices.corpora
    )
    return {"text": val["text"], "audio": heard, "face": val["face"]}


def as_others(seed: Seed, corpora: Corpora) -> Side:
    """The known voices of LIKE_TEST to nets that had not heard their speaker."""
    voices = corpora.voices["known"].recorded
    return side((seed.others.emotion, seed.others.sentiment), voices.emotions)[
        np.isin(voices.corpora, LIKE_TEST)
    ]


def calibrate(seed: Seed, corpora: Corpora) -> dict[str, dict[str, dict[str, float]]]:
    """Temperature and threshold of every set of modalities and both tasks: of one modality on its
    own held-out rows, the voice by speakers who were not heard; of several on tuples whose voices
    come from corpora that were not heard."""
    fitting = held_out(seed, corpora)
    alone = fitting | {"audio": as_others(seed, corpora)}
    found: dict[str, dict[str, dict[str, float]]] = {}
    for mode in mode_names():
        if mode in alone:
            rows = Tuples(
                alone[mode].logits,
                {"emotion": alone[mode].emotions, "sentiment": alone[mode].sentiments},
            )
        else:
            drawn = tuples_of(fitting, mode, seed=1)  # others than those that trust was fitted on
            rows = Tuples(fused(seed.net, drawn, mode), drawn.truth)
        found[mode] = {}
        for task in TASKS:
            known = rows.truth[task] != UNKNOWN
            logits, truth = rows.logits[task][known], rows.truth[task][known]
            temperature = fit_temperature(logits, truth)
            threshold = abstention_threshold(probabilities(logits, temperature))
            found[mode][task] = {"temperature": temperature, "threshold": threshold}
    return found


@torch.inference_mode()
def fused(net: VideoNet, tuples: Tuples, mode: str) -> dict[str, NDArray[np.float32]]:
    """(N, labels) by task: what the net makes of what the sides that ``mode`` names say."""
    there = torch.tensor([name in mode.split("+") for name in MODALITIES])
    return {
        task: trust(torch.from_numpy(logits), there.expand(len(logits), -1)).numpy()
        for (task, trust), logits in zip(trusts(net).items(), tuples.logits.values(), strict=True)
    }


def score(side: Side, calibration: Mapping[str, Mapping[str, float]], task: str) -> Metrics:
    """``evaluate`` with intervals, the F1 weighted by label and its floor, over the rows whose
    label is known."""
    labels = {"emotion": side.emotions, "sentiment": side.sentiments}[task]
    known, steps = labels != UNKNOWN, calibration[task]
    truth = labels[known]
    probs = probabilities(side.logits[task][known], steps["temperature"])
    floor = np.full_like(truth, np.bincount(truth).argmax())
    return (
        evaluate(probs, truth, TASKS[task], steps["threshold"])
        | bootstrap(probs, truth)
        | weighted_f1(probs.argmax(axis=1), truth)
        | {
            "floor_weighted_f1": round(float(f1_score(truth, floor, average="weighted")), 4),
            "ece_limit": calibration_limit(probs),
        }
    )


def weighted_f1(guess: Labels, truth: Labels, draws: int = 1000, seed: int = 0) -> Metrics:
    """Mean F1 of the labels, weighted by how often each occurs, with its 95 % bootstrap interval
    (as ``bootstrap``)."""
    random = np.random.default_rng(seed)
    classes = int(max(guess.max(), truth.max())) + 1
    share = np.bincount(truth * classes + guess, minlength=classes**2) / len(truth)
    drawn = np.vstack(
        [share, random.multinomial(len(truth), share, size=draws) / len(truth)]
    ).reshape(-1, classes, classes)
    right, often = np.diagonal(drawn, axis1=1, axis2=2), drawn.sum(axis=2)
    values = (often * 2 * right / (often + drawn.sum(axis=1)).clip(min=1e-12)).sum(axis=1)
    interval = np.quantile(values[1:], (0.025, 0.975)).round(4).tolist()
    return {"weighted_f1": round(float(values[0]), 4), "weighted_f1_interval": interval}


def spread_alone(each: Sequence[Mapping[str, Side]]) -> Metrics:
    """Accuracy and macro-F1 of the emotion from each modality alone: of every seed's net, their
    mean and standard deviation."""
    found = {}
    for name in MODALITIES:
        guesses = [
            (part[name].logits["emotion"].argmax(axis=1), part[name].emotions) for part in each
        ]
        found[name] = spread([float((guess == truth).mean()) for guess, truth in guesses])
        found[name]["macro_f1"] = spread(
            [float(f1_score(truth, guess, average="macro")) for guess, truth in guesses]
        )
    return found


def spread(values: Sequence[float]) -> Metrics:
    return {
        "each": [round(value, 4) for value in values],
        "mean": round(float(np.mean(values)), 4),
        "spread": round(float(np.std(values)), 4),
    }


def baselines(corpora: Corpora, test: Mapping[str, Side]) -> Metrics:
    """What a voice is worth to logistic regression on the same states, and a face to the face model
    alone."""
    voices = corpora.voices["known"].recorded
    voices = voices[np.isin(voices.corpora, corpora.voices["test"].corpora)]
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=300))
    model.fit(voices.states.astype(np.float32), voices.emotions)
    voice = model.score(corpora.voices["test"].states.astype(np.float32), test["audio"].emotions)
    faces = corpora.faces["test"]
    verdict = CONVERSATION_OF[faces.rows[:, 0, -len(CONVERSATION_OF) :].argmax(axis=1)]
    return {
        "audio": round(float(voice), 4),
        "face": round(float((verdict == faces.emotions).mean()), 4),
    }


def together(net: VideoNet, test: Mapping[str, Side], seed: int = 0) -> dict[str, float]:
    """Accuracy of the emotion by what is given, on test utterances with a test voice and face of
    the same label each: a check that nothing added does harm, no measure of how good the model is
    with people. And "n"."""
    tuples = draw_tuples(test, "text", np.random.default_rng(seed))
    return {mode: accuracy(net, tuples, mode) for mode in mode_names()} | {
        "n": len(tuples.truth["emotion"])
    }


def accuracy(net: VideoNet, tuples: Tuples, mode: str) -> float:
    return float(
        (fused(net, tuples, mode)["emotion"].argmax(axis=1) == tuples.truth["emotion"]).mean()
    )


def told(each: Sequence[dict[str, float]]) -> Metrics:
    """By mode the spread over the seeds, and the largest loss of accuracy by adding a modality."""
    losses = [
        max(
            one[part] - one[whole]
            for part in mode_names()
            for whole in mode_names()
            if _within(part, whole)
        )
        for one in each
    ]
    return {
        "n": each[0]["n"],
        "accuracy": {mode: spread([one[mode] for one in each]) for mode in mode_names()},
        "largest_loss": round(max(losses), 4),
    }


def _within(part: str, whole: str) -> bool:
    return set(part.split("+")) < set(whole.split("+"))


def unseen(seeds: Sequence[Seed], corpora: Corpora, calibration: Mapping) -> Metrics:
    """What the model is worth on voices of each known corpus, had it been left out: of the voice's
    training, and of the tuples that trust was fitted on. By corpus the voice alone, beside always
    answering its commonest label and "neutral"; and by mode the accuracy on label-matched tuples
    with test words and test faces, those of a face and a voice as frequent as faces."""
    voices = corpora.voices["known"].recorded
    found: Metrics = {}
    for corpus in np.unique(voices.corpora):
        alone, pairs, triples = [], [], []
        for seed in seeds:
            others = held_out(seed, corpora)
            heard = others["audio"]
            others["audio"], left = heard[heard.groups != corpus], heard[heard.groups == corpus]
            net = VideoNet(seed.net.text_width, seed.net.face_width, seed.net.voice_width)
            net.emotion.load_state_dict(seed.net.emotion.state_dict())
            fit_trust(trusts(net), others)
            test = sides(seed.net, corpora, "test") | {"audio": left}
            alone.append(left)
            pair = draw_tuples(
                {"audio": left, "face": test["face"]}, "face", np.random.default_rng(0)
            )
            pairs.append(
                {mode: accuracy(net, pair, mode) for mode in ("audio", "face", "audio+face")}
                | {"n": len(pair.truth["emotion"])}
            )
            triples.append(together(net, test))
        truth = voices.emotions[voices.corpora == corpus]
        guesses = [part.logits["emotion"].argmax(axis=1) for part in alone]
        probs = [
            probabilities(part.logits["emotion"], calibration["audio"]["emotion"]["temperature"])
            for part in alone
        ]
        found[str(corpus)] = {
            "n": len(truth),
            "accuracy": spread([float((guess == truth).mean()) for guess in guesses]),
            "macro_f1": spread(
                [
                    float(f1_score(truth, guess, average="macro", labels=np.unique(truth)))
                    for guess in guesses
                ]
            ),
            "ece": spread([expected_calibration_error(part, truth) for part in probs]),
            "floor_accuracy": round(float(np.bincount(truth).max() / len(truth)), 4),
            "always_neutral": round(
                float((truth == CONVERSATION_EMOTIONS.index("neutral")).mean()), 4
            ),
            "face_and_voice": {"n": pairs[0]["n"]}
            | {mode: spread([one[mode] for one in pairs]) for mode in pairs[0] if mode != "n"},
            "tuples": told(triples),
        }
    return found
