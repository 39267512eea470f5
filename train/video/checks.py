"""What is measured beside the test rows: baselines, sides drawn together, corpora left out."""

from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mmsent.calibrate import expected_calibration_error, probabilities
from mmsent.labels import CONVERSATION_EMOTIONS
from mmsent.models.video import VideoNet
from mmsent.pipelines.video_inputs import mode_names
from train.common.evaluate import Metrics
from train.video.data import CONVERSATION_OF, Corpora
from train.video.scores import spread
from train.video.sides import Seed, fused, held_out, sides, trusts
from train.video.trust import Side, Tuples, draw_tuples, fit_trust


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
