"""The model card of a video checkpoint, from its config and metrics."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from train.common.card import Subject, write_card
from train.common.card_text import calibration_limits, table

TITLES = {
    "text": "MELD, words alone",
    "audio": "RAVDESS actors 19 to 24, voice alone",
    "face": "FER2013 PrivateTest, one face alone",
}
BASELINES = {
    "audio": "logistic regression on the same states, RAVDESS alone",
    "face": "the face model itself",
}
CORPORA = {"ravdess": "RAVDESS", "tess": "TESS", "urdu": "URDU"}

USE: Final = (
    "import mmsent\n\n"
    'video = mmsent.load("video", "<folder or owner/name@revision>")\n'
    'result = video.predict("clip.mp4", transcript="What was that?")\n'
    "result.emotion.as_dict(), [(moment.start, moment.emotion.top) for moment in "
    "result.moments]"
)
MEANT: Final = (
    "**Meant for** demonstrations, teaching and research on clips of people who agreed to it.\n\n"
    "**Not meant for** decisions about people. In the EU, inferring emotions from faces or voices at "
    "work or in education is prohibited (AI Act, Regulation (EU) 2024/1689, Art. 5(1)(f))."
)


def model_card(config: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    """README.md; ``metrics`` as ``export_video`` writes them."""
    test = metrics["test"]
    subject = Subject(
        name="video: emotion and sentiment of an utterance, from words, voice and face",
        summary=(
            "Each modality is judged by a small net of its own: the mean of the token states of "
            "the utterance and of "
            "those before "
            "it; the faces of whoever is seen most (attention tells which count); and the means "
            "and deviations over time of the hidden states "
            "of the first three layers of Whisper's encoder, where somebody speaks, linear. What "
            "several say together is "
            "a weighted sum of their logits, "
            "with weights for each set of them. It stands on the frozen encoders `text`, `face` "
            "and `speech` and refuses "
            "others "
            "than those it was trained on."
        ),
        use=USE,
        meant=MEANT,
        data=(
            f"Trained on {config['training']['data']}: words of the series Friends (MELD, Poria et "
            "al. 2019, "
            "arXiv:1810.02508), voices of actors who speak one of two sentences (RAVDESS, "
            "Livingstone and Russo 2018, "
            "non-commercial), of two actresses who speak single words (TESS, non-commercial), of "
            "talk shows in Urdu (Latif et "
            "al. 2018), and pictures of faces from the web (FER2013, research use). They belong to "
            "different people: **no clip "
            "with words, face and voice was used**, so how the three go together in one person was "
            "not learnt. How much each "
            "counts, and temperature and threshold of every set, were fitted to tuples of rows "
            "with the same label, a fifth of "
            "them with any, from MELD's dev part, FER2013's PublicTest, and voices of each corpus "
            "as nets hear them that "
            "had not "
            "heard that corpus. The voice alone is calibrated on speakers who were not heard. Test "
            "rows were evaluated once, "
            "through the saved checkpoint. No speaker of the test voices was heard in training."
        ),
        scores={TITLES[name]: test[name]["emotion"] for name in TITLES}
        | {"MELD sentiment": test["text"]["sentiment"]},
        remarks="\n\n".join(_remarks(config, metrics)),
        limits=(
            "Acted and studio voices are not everyday voices: expect the voice alone to be wrong "
            "often on real clips, and "
            "too sure "
            "of itself on recordings unlike those named here.",
            "English words only. Irony is mostly missed. Disgust and fear are rare in MELD and "
            "hardly ever found in words.",
            "Confidence of several modalities together is checked on tuples made by label alone, "
            "never on real people.",
            "No measurement of fairness was made: the data names no groups but men and women, and "
            "few of them.",
        ),
        pipeline_tag="video-classification",
        tags=("emotion-recognition", "multimodal", "speech-emotion-recognition"),
    )
    is_continued = "words_and_faces" in config["training"]
    figures = {} if is_continued else {"training_curves": "Training curves of words and faces"}
    for name, title in TITLES.items():
        figures |= {
            f"confusion_{name}": f"{title}: confusion",
            f"reliability_{name}": f"{title}: reliability",
        }
    return write_card(subject, config, figures)


def _remarks(config: Mapping[str, Any], metrics: Mapping[str, Any]) -> Iterator[str]:
    yield _weighted(metrics["test"])
    yield _seeds(metrics)
    yield calibration_text(config, metrics["test"], TITLES)
    yield _tuples(metrics["tuples"])
    yield _unseen(metrics["unseen"])


def _weighted(test: Mapping[str, Any]) -> str:
    body = [
        [
            f"{TITLES[name]}: {task}",
            f"{part['n']:,}",
            *(_interval(part, key) for key in ("accuracy", "weighted_f1")),
            f"{part['floor_weighted_f1']:.3f}",
        ]
        for name, tasks in test.items()
        for task, part in tasks.items()
    ]
    head = [
        "test rows",
        "n",
        "accuracy (95 % bootstrap)",
        "weighted F1 (95 % bootstrap)",
        "its floor",
    ]
    return f"The floor of the F1 weighted by label is that of always answering the most frequent one:\n\n{table(head, body)}"


def _interval(part: Mapping[str, Any], key: str) -> str:
    low, high = part[f"{key}_interval"]
    return f"{part[key]:.3f} ({low:.3f} to {high:.3f})"


def _seeds(metrics: Mapping[str, Any]) -> str:
    body = []
    for name, seeds in metrics["seeds"].items():
        baseline = metrics["baselines"].get(name)
        beside = f"{baseline:.3f} ({BASELINES[name]})" if baseline is not None else "–"
        each = ", ".join(f"{value:.3f}" for value in seeds["each"])
        body.append([TITLES[name], _spread(seeds), each, _spread(seeds["macro_f1"]), beside])
    head = ["emotion from", "accuracy", "each, the one that ships first", "macro-F1", "beside it"]
    caption = "Nets of several seeds, the speakers of the voices drawn anew for all but the first, mean ± deviation"
    return f"{caption}:\n\n{table(head, body)}"


def calibration_text(
    config: Mapping[str, Any], test: Mapping[str, Any], titles: Mapping[str, str]
) -> str:
    """Temperature and threshold of each set of modalities, and how far the calibration holds on
    ``test`` rows, which ``titles`` name."""
    body = [
        [mode, task, f"{steps['temperature']:.3f}", f"{steps['threshold']:.3f}"]
        for mode, tasks in config["calibration"].items()
        for task, steps in tasks.items()
    ]
    limits = "; ".join(
        f"{titles[name]}, {task}: {part['ece']:.4f} (limit {part['ece_limit']:.4f})"
        for name, tasks in test.items()
        for task, part in tasks.items()
    )
    return (
        "**Calibration.** What the logits are divided by, and the confidence below which the "
        "answer is “not sure”:\n\n"
        f"{table(['given', 'of', 'temperature', 'not sure below'], body)}\n\n"
        + calibration_limits(limits)
    )


def _spread(values: Mapping[str, Any]) -> str:
    return f"{values['mean']:.3f} ± {values['spread']:.3f}"


def _tuples(scores: Mapping[str, Any]) -> str:
    body = [[mode, _spread(values)] for mode, values in scores["accuracy"].items()]
    loss = max(scores["largest_loss"], 0)
    return (
        f"**A check that nothing added does harm.** {scores['n']:,} test utterances were each given "
        "a test voice and a test "
        "face of the same label. This is no measure of how good the model is with people, whose "
        "words, voices and faces often "
        "disagree. The largest loss of accuracy by adding a modality, over all seeds, is "
        f"{loss:.3f}.\n\n"
        f"{table(['given', 'accuracy'], body)}"
    )


def _unseen(scores: Mapping[str, Any]) -> str:
    named = {CORPORA.get(corpus, corpus): part for corpus, part in scores.items()}
    alone = [
        [
            corpus,
            f"{part['n']:,}",
            _spread(part["accuracy"]),
            f"{part['floor_accuracy']:.3f}",
            f"{part['always_neutral']:.3f}",
            _spread(part["macro_f1"]),
            _spread(part["ece"]),
        ]
        for corpus, part in named.items()
    ]
    both = {corpus: part["face_and_voice"] for corpus, part in named.items()}
    sides = ("audio", "face", "audio+face")
    pairs = [
        [corpus, f"{part['n']:,}", *(_spread(part[mode]) for mode in sides)]
        for corpus, part in both.items()
    ]
    three = {corpus: part["tuples"] for corpus, part in named.items()}
    modes = list(next(iter(three.values()))["accuracy"])
    triples = [
        [corpus, f"{part['n']:,}", *(_spread(part["accuracy"][mode]) for mode in modes)]
        for corpus, part in three.items()
    ]
    head = ["left out", "n", "accuracy", "floor", "always neutral", "macro-F1", "ECE"]
    return (
        "**A corpus that was never heard.** Each corpus of voices was left out of the voice's "
        "training, and of the tuples that "
        "the weights were fitted to, then heard. The voice alone, mean ± deviation of the "
        "seeds:\n\n"
        f"{table(head, alone)}\n\nTest faces, each with one of these voices of the same label:\n\n"
        f"{table(['left out', 'n', 'voice', 'face', 'both'], pairs)}\n\nTest utterances, each with "
        "such a voice and a test "
        f"face of the same label:\n\n{table(['left out', 'n', *modes], triples)}"
    )
