"""From a tuned text net to a published folder: its test figures, plots and model card."""

from pathlib import Path

from torch import Tensor, nn

from mmsent import hub
from mmsent.calibrate import probabilities
from mmsent.labels import segments
from train.common import plots
from train.common.card import Subject, write_card
from train.common.evaluate import Labels, Metrics, Probs, evaluate
from train.common.export import Figures, export, line
from train.text.corpora import TASKS

TITLES = {
    "review": "Review texts, 3 sentiments",
    "goemotions": "GoEmotions, rows with one label",
    "emotion": "MELD, 7 emotions",
    "sentiment": "MELD, 3 sentiments",
    "irony": "TweetEval irony",
    "offence": "TweetEval offensive language",
}
PLOTS = {
    "training_curves": "Training curves",
    "confusion_review": "Review texts",
    "confusion_emotion": "MELD emotions",
}


def export_text(
    net: nn.Module,
    config: hub.Config,
    parts: dict[str, tuple[Tensor, Tensor]],
    history: list[dict[str, float]],
    out: Path,
) -> Metrics:
    """Writes to ``out`` the checkpoint, metrics.json, plots and README.md; returns the metrics.

    ``parts`` maps "val" and "test" to (N, all labels) logits and targets.
    """

    def score() -> tuple[Metrics, Figures]:
        figures = {"training_curves": plots.training_curves(history)}
        for task in ("review", "emotion"):
            probs, labels = _rows(task, *parts["test"])
            title = TITLES[task].partition(",")[0]
            figures[f"confusion_{task}"] = plots.confusion(
                labels, probs.argmax(axis=1), TASKS[task], f"{title}, test"
            )
        return {
            part: _evaluate(logits, targets) for part, (logits, targets) in parts.items()
        }, figures

    return export(
        out,
        net,
        config,
        score,
        _card,
        lambda metrics: (line(f"test {task}", part) for task, part in metrics["test"].items()),
    )


def _rows(task: str, logits: Tensor, targets: Tensor) -> tuple[Probs, Labels]:
    """Probabilities and labels of the rows that have exactly one label of ``task``."""
    place = segments(TASKS)[task]
    one = (targets[:, place] == 1).any(dim=1)
    return probabilities(logits[one, place].numpy()), targets[one, place].argmax(dim=1).numpy()


def _evaluate(logits: Tensor, targets: Tensor) -> Metrics:
    rows = {task: _rows(task, logits, targets) for task in TASKS}
    return {
        task: evaluate(*pair, TASKS[task], threshold=0.0)
        for task, pair in rows.items()
        if len(pair[1])
    }


def _card(config: hub.Config, metrics: Metrics) -> str:
    subject = Subject(
        name="text: the encoder of words that all tabs share",
        summary=(
            "A sentence encoder (token states and their mean) tuned on six tasks at once: "
            "sentiment of reviews, 28 and 7 "
            "emotions, sentiment of spoken lines, irony and offensive language. The classifiers of "
            "mmsent stand on it, frozen."
        ),
        use=(
            "from mmsent.pipelines.encoders import text_features\n\n"
            'encoder = text_features("<folder or owner/name@revision>")\n'
            'encoder(["a fine day"])[0].states      # (tokens, width) float32'
        ),
        meant=(
            "**Meant for** features under a small classifier, in demonstrations, teaching and "
            "research.\n\n"
            "**Not meant for** decisions about the person who wrote the text."
        ),
        data=(
            "Review texts from public corpora (apps, products, films, restaurants, tweets), "
            "GoEmotions (Demszky et al. 2020, "
            "arXiv:2005.00547; Apache-2.0), MELD's transcripts (Poria et al. 2019, "
            "arXiv:1810.02508; GPL-3.0 repository), "
            "TweetEval's irony and offence (Barbieri et al. 2020, arXiv:2010.12421). Started from "
            "sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0) unless the recipe names another."
        ),
        scores={TITLES[task]: part for task, part in metrics["test"].items()},
        remarks="Linear heads on the mean of the token states, not calibrated: the heads that ship fit their own temperatures.",
        limits=(
            "English only.",
            "Labels are what annotators read into short texts out of context; irony is near the "
            "limit of what they agree on.",
            "No measurement of fairness was made: dialects and groups are not named in the data.",
        ),
        pipeline_tag="feature-extraction",
        tags=("sentiment-analysis", "emotion-recognition", "sentence-encoder"),
    )
    return write_card(subject, config, PLOTS)
