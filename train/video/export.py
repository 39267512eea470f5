"""From trained video nets to a published folder: trust, calibration, the one evaluation of the test
rows, plots, model card."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mmsent import hub
from mmsent.calibrate import abstention_threshold, fit_temperature, probabilities
from mmsent.labels import CONVERSATION_EMOTIONS
from mmsent.pipelines.video_inputs import MODALITIES, mode_names
from train.common import plots
from train.common.evaluate import Metrics
from train.common.export import Figures, export, line
from train.video.card import model_card
from train.video.checks import baselines, together, told, unseen
from train.video.data import Corpora
from train.video.scores import score, spread_alone
from train.video.sides import TASKS, Seed, as_others, fused, held_out, sides, trusts
from train.video.single_modality import UNKNOWN
from train.video.trust import Side, Tuples, fit_trust, tuples_of

TITLES = {"text": "MELD", "audio": "RAVDESS", "face": "FER2013"}
# of each side, for the terminal
PRINTED = (
    "n",
    "accuracy",
    "floor_accuracy",
    "macro_f1",
    "weighted_f1",
    "floor_weighted_f1",
    "ece",
)


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

    def score_all() -> tuple[Metrics, Figures]:
        test = sides(first.net, corpora, "test")
        metrics = {
            "validation": _scores(
                held_out(first, corpora) | {"audio": as_others(first, corpora)}, calibration
            ),
            "test": _scores(test, calibration),
            "seeds": spread_alone([sides(seed.net, corpora, "test") for seed in seeds]),
            "baselines": baselines(corpora, test),
            "tuples": told(
                [together(seed.net, sides(seed.net, corpora, "test")) for seed in seeds]
            ),
            "unseen": unseen(seeds, corpora, calibration),
        }
        return metrics, _figures(first, test, calibration)

    return export(
        out, first.net, config | {"calibration": calibration}, score_all, model_card, _lines
    )


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


def _scores(part: Mapping[str, Side], calibration: Mapping) -> Metrics:
    """By side; only words tell the sentiment apart from the emotion."""
    return {
        name: {
            task: score(side, calibration[name], task)
            for task in (TASKS if name == "text" else ("emotion",))
        }
        for name, side in part.items()
    }


def _figures(seed: Seed, test: Mapping[str, Side], calibration: Mapping) -> Figures:
    figures = {"training_curves": plots.training_curves(seed.history)} if seed.history else {}
    for name, side in test.items():
        probs = probabilities(side.logits["emotion"], calibration[name]["emotion"]["temperature"])
        title = f"{TITLES[name]}, {name} alone"
        figures[f"confusion_{name}"] = plots.confusion(
            side.emotions, probs.argmax(1), CONVERSATION_EMOTIONS, title
        )
        figures[f"reliability_{name}"] = plots.reliability(probs, side.emotions, title)
    return figures


def _lines(metrics: Metrics) -> Iterator[str]:
    for name in MODALITIES:
        for task, scores in metrics["test"][name].items():
            yield line(f"test {name} {task}", scores, PRINTED)
    yield json.dumps({name: metrics[name] for name in ("seeds", "tuples", "unseen")}, indent=1)
