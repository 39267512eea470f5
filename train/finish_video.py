"""From trained video nets to a published folder: calibration, the one evaluation of the test rows, plots and model card."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mmsent import hub
from mmsent.calibrate import abstention_threshold, fit_temperature, probabilities
from mmsent.labels import CONVERSATION_EMOTIONS, SENTIMENTS
from mmsent.models.video import VideoNet
from mmsent.pipelines.video_inputs import MODALITIES, collate_moments, modes
from train import plots
from train.card_video import model_card
from train.evaluate import Labels, Metrics, bootstrap, calibration_limit, evaluate
from train.video_data import CONVERSATION_OF, Corpora, Halves, Voices
from train.video_pairs import SENTIMENT_OF, UNKNOWN

CHUNK = 256
TITLES = {"text": "MELD", "audio": "RAVDESS", "face": "FER2013"}
TASKS = {"emotion": CONVERSATION_EMOTIONS, "sentiment": SENTIMENTS}

Logits = dict[str, NDArray[np.float32]]  # task -> (N, its labels)
Row = tuple[Halves | None, Halves | None, Halves | None]  # text row (W,), face row (W,), mel (T, bands)


def finish_video(
    nets: Sequence[VideoNet], config: hub.Config, corpora: Corpora, history: list[dict[str, float]], out: Path
) -> Metrics:
    """Writes to ``out`` the checkpoint of the first of ``nets``, metrics.json, plots and README.md; returns the metrics.

    ``nets`` are those of all seeds. The parts "val" of ``corpora`` fit temperatures and thresholds, "test" is evaluated once.
    """
    hub.save_checkpoint(out, nets[0], config)
    hub.load_weights(nets[0], out)  # what is scored is what was written, in half precision
    singles = {part: {name: alone(corpora, part, name) for name in MODALITIES} for part in ("val", "test")}
    logits = {part: {name: logits_of(nets[0], rows) for name, (rows, _) in singles[part].items()} for part in singles}
    calibration = calibrate(logits["val"], {name: labels for name, (_, labels) in singles["val"].items()})
    hub.save_checkpoint(out, nets[0], config | {"calibration": calibration})
    metrics: Metrics = {"validation": {}, "test": {}}
    figures = {"training_curves": plots.training_curves(history)}
    for part, key in (("val", "validation"), ("test", "test")):
        for name, (_, labels) in singles[part].items():
            scores = {task: score(logits[part][name], labels, calibration[name], task) for task in TASKS}
            metrics[key][name] = scores if name == "text" else {"emotion": scores["emotion"]}
    for name, (_, labels) in singles["test"].items():
        probs = probabilities(logits["test"][name]["emotion"], calibration[name]["emotion"]["temperature"])
        title = f"{TITLES[name]}, {name} alone"
        figures[f"confusion_{name}"] = plots.confusion(labels["emotion"], probs.argmax(1), CONVERSATION_EMOTIONS, title)
        figures[f"reliability_{name}"] = plots.reliability(probs, labels["emotion"], title)
    metrics["seeds"] = seeds(nets, singles["test"])
    metrics["baselines"] = baselines(corpora, logits["test"], singles["test"])
    metrics["tuples"] = tuples(nets[0], corpora)
    plots.write_plots(out / "plots", figures)
    (out / "README.md").write_text(model_card(hub.read_config(out, "video"), metrics), encoding="utf-8")
    metrics = hub.save_metrics(out, metrics)
    for name in MODALITIES:
        for task, scores in metrics["test"][name].items():
            keys = ("n", "accuracy", "floor_accuracy", "weighted_f1", "floor_weighted_f1", "ece")
            print("test", name, task, "  ".join(f"{key} {scores[key]}" for key in keys))
    print("seeds", metrics["seeds"], "tuples", metrics["tuples"])
    return metrics


def alone(corpora: Corpora, part: str, name: str) -> tuple[list[Row], dict[str, Labels]]:
    """Rows of a part with one modality, and their labels by task; a sentiment that is not known is UNKNOWN."""
    if name == "text":
        words = corpora.words[part]
        return [(row, None, None) for row in words.rows], {"emotion": words.emotions, "sentiment": words.sentiments}
    if name == "face":
        faces = corpora.faces[part]
        return [(None, row[0], None) for row in faces.rows], {
            "emotion": faces.emotions,
            "sentiment": SENTIMENT_OF[faces.emotions],
        }
    voices = corpora.voices[part]
    labels = {"emotion": voices.emotions, "sentiment": SENTIMENT_OF[voices.emotions]}
    return [(None, None, mel) for mel in voices.mels], labels


@torch.inference_mode()
def logits_of(net: VideoNet, rows: Sequence[Row], mode: str | None = None) -> Logits:
    """Raw logits in the order of the rows, along the path of the app; with ``mode`` only of what it names."""
    net = net.cpu().eval()
    given = set(mode.split("+")) if mode else set(MODALITIES)
    order = sorted(range(len(rows)), key=lambda i: 0 if rows[i][2] is None else len(rows[i][2]))  # type: ignore[arg-type]
    emotion, sentiment = np.empty((len(rows), len(CONVERSATION_EMOTIONS)), np.float32), np.empty((len(rows), 3), np.float32)
    for start in range(0, len(order), CHUNK):
        chosen = order[start : start + CHUNK]
        texts, faces, mels = zip(*(rows[i] for i in chosen), strict=True)
        has_text = np.array([row is not None and "text" in given for row in texts])
        text = np.stack([np.zeros(net.text_width) if row is None else row for row in texts]).astype(np.float32)
        crops = [None if row is None or "face" not in given else row[None].astype(np.float32) for row in faces]
        sounds = [None if row is None or "audio" not in given else row.astype(np.float32) for row in mels]
        outputs = net(*collate_moments(text, has_text, crops, sounds, net.face_width, net.mels))
        emotion[chosen], sentiment[chosen] = (output.numpy() for output in outputs)
    return {"emotion": emotion, "sentiment": sentiment}


def calibrate(
    logits: Mapping[str, Logits], labels: Mapping[str, Mapping[str, Labels]]
) -> dict[str, dict[str, dict[str, float]]]:
    """Temperature and threshold of every set of modalities and both tasks.

    Those of one modality are fitted on its validation rows. Nothing real shows how sure one may be of several together, since
    pairs made by label agree more than people's words, voices and faces do: so they take the temperature of their most careful
    one and, the confidence being lower then, the lowest threshold.
    """
    found: dict[str, dict[str, dict[str, float]]] = {}
    for name in MODALITIES:
        found[name] = {}
        for task in TASKS:
            known = labels[name][task] != UNKNOWN
            rows, truth = logits[name][task][known], labels[name][task][known]
            temperature = fit_temperature(rows, truth)
            threshold = abstention_threshold(probabilities(rows, temperature))
            found[name][task] = {"temperature": temperature, "threshold": threshold}
    return {
        mode: {
            task: {
                step: pick(found[name][task][step] for name in mode.split("+"))
                for step, pick in (("temperature", max), ("threshold", min))
            }
            for task in TASKS
        }
        for mode in modes()
    }


def score(logits: Logits, labels: dict[str, Labels], calibration: dict[str, dict[str, float]], task: str) -> Metrics:
    """``evaluate`` with intervals, the F1 weighted by label and its floor, over the rows whose label is known."""
    known = labels[task] != UNKNOWN
    truth, steps = labels[task][known], calibration[task]
    probs = probabilities(logits[task][known], steps["temperature"])
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
    """Mean F1 of the labels, weighted by how often each occurs, with its 95 % bootstrap interval (as ``bootstrap``)."""
    random = np.random.default_rng(seed)
    classes = int(max(guess.max(), truth.max())) + 1
    share = np.bincount(truth * classes + guess, minlength=classes**2) / len(truth)
    drawn = np.vstack([share, random.multinomial(len(truth), share, size=draws) / len(truth)]).reshape(-1, classes, classes)
    right, often = np.diagonal(drawn, axis1=1, axis2=2), drawn.sum(axis=2)
    values = (often * 2 * right / (often + drawn.sum(axis=1)).clip(min=1e-12)).sum(axis=1)
    interval = np.quantile(values[1:], (0.025, 0.975)).round(4).tolist()
    return {"weighted_f1": round(float(values[0]), 4), "weighted_f1_interval": interval}


def seeds(nets: Sequence[VideoNet], singles: dict[str, tuple[list[Row], dict[str, Labels]]]) -> Metrics:
    """Accuracy of the emotion from each modality alone: that of every seed's net, their mean and standard deviation."""
    found = {}
    for name, (rows, labels) in singles.items():
        each = [float((logits_of(net, rows)["emotion"].argmax(axis=1) == labels["emotion"]).mean()) for net in nets]
        found[name] = {
            "each": [round(value, 4) for value in each],
            "mean": round(float(np.mean(each)), 4),
            "spread": round(float(np.std(each)), 4),
        }
    return found


def baselines(corpora: Corpora, logits: dict[str, Logits], singles: dict[str, tuple[list[Row], dict[str, Labels]]]) -> Metrics:
    """What a voice is worth to statistics of its bands and logistic regression, and a face to the face model alone."""

    def statistics(voices: Voices) -> NDArray[np.float64]:
        return np.array([np.concatenate([mel.mean(axis=0, dtype=float), mel.std(axis=0, dtype=float)]) for mel in voices.mels])

    train, test = corpora.voices["train"], corpora.voices["test"]
    alike = np.isin(train.corpora, test.corpora)  # to this model the other corpora do more harm than good
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000))
    model.fit(statistics(train)[alike], train.emotions[alike])
    voice = model.score(statistics(test), test.emotions)
    faces = corpora.faces["test"]
    verdict = CONVERSATION_OF[faces.rows[:, 0, -len(CONVERSATION_OF) :].argmax(axis=1)]
    return {"audio": round(float(voice), 4), "face": round(float((verdict == faces.emotions).mean()), 4)}


def tuples(net: VideoNet, corpora: Corpora, seed: int = 0) -> Metrics:
    """Accuracy of the emotion by what is given, on test utterances with a test voice and face of the same label each: a check
    that nothing added does harm, no measure of how good the model is with people."""
    random = np.random.default_rng(seed)
    words, voices, faces = corpora.words["test"], corpora.voices["test"], corpora.faces["test"]

    def draw(labels: Labels, emotion: int) -> int | None:
        alike = np.flatnonzero(labels == emotion)
        return int(random.choice(alike)) if len(alike) else None

    rows: list[Row] = []
    truth = []
    for row, emotion in zip(words.rows, words.emotions, strict=True):
        voice, face = draw(voices.emotions, emotion), draw(faces.emotions, emotion)
        if voice is not None and face is not None:
            rows.append((row, faces.rows[face, 0], voices.mels[voice]))
            truth.append(emotion)
    accuracy = {mode: float((logits_of(net, rows, mode)["emotion"].argmax(1) == truth).mean()) for mode in modes()}
    harm = max(
        accuracy[part] - accuracy[whole]
        for part in accuracy
        for whole in accuracy
        if set(part.split("+")) < set(whole.split("+"))
    )
    return {
        "n": len(rows),
        "accuracy": {mode: round(value, 4) for mode, value in accuracy.items()},
        "largest_loss": round(harm, 4),
    }
