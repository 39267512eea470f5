"""From a tuned image encoder to a published folder: what a linear probe reads from its features,
plots and model card."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from mmsent import hub
from mmsent.labels import SENTIMENTS
from mmsent.pipelines.encoders import ImageFeatures
from train.common import plots
from train.common.card import Subject, write_card
from train.common.evaluate import Metrics, evaluate
from train.common.export import KEYS, Figures, export, line
from train.common.pairs import Pairs

TITLES = {"posts": "MVSA-Single, picture alone", "memes": "Memotion 7k, picture alone"}


def export_image(
    net: nn.Module,
    config: hub.Config,
    parts: dict[str, dict[str, Pairs]],
    history: list[dict[str, float]],
    out: Path,
) -> Metrics:
    """Writes to ``out`` the checkpoint, metrics.json, plots and README.md; returns the metrics.

    ``parts`` maps "train", "val" and "test" to the pairs of each source. A probe of each source is
    trained on the pooled vectors of its training pictures, through the checkpoint that was written.
    """

    def score() -> tuple[Metrics, Figures]:
        metrics = _probe(ImageFeatures(out), parts)
        return metrics, {"training_curves": plots.training_curves(history)} if history else {}

    return export(
        out,
        net,
        config,
        score,
        lambda config, metrics: _card(config, metrics, history),
        lambda metrics: (
            line(f"{part} {source}", scores, KEYS[:-1])
            for part, sources in metrics.items()
            for source, scores in sources.items()
        ),
    )


def _probe(encoder: ImageFeatures, parts: dict[str, dict[str, Pairs]]) -> Metrics:
    """What a linear probe of each source reads from the pooled vectors."""
    pooled = {
        part: {source: encoder(pairs.pictures)[1] for source, pairs in sources.items()}
        for part, sources in parts.items()
    }
    metrics: Metrics = {}
    for source in TITLES:
        probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.003, max_iter=500))
        probe.fit(pooled["train"][source], parts["train"][source].labels)
        for part in ("val", "test"):
            probs = _all_classes(probe.predict_proba(pooled[part][source]), probe.classes_)
            metrics.setdefault(part, {})[source] = evaluate(
                probs, parts[part][source].labels, SENTIMENTS, threshold=0.0
            )
    return metrics


def _all_classes(probs: NDArray[np.floating], classes: NDArray[np.integer]) -> NDArray[np.floating]:
    """(N, 3) with zeros for sentiments the training rows lacked."""
    all_probs = np.zeros((len(probs), len(SENTIMENTS)))
    all_probs[:, classes] = probs
    return all_probs


def _card(config: hub.Config, metrics: Metrics, history: list[dict[str, float]]) -> str:
    lite = "timm" in config["architecture"]
    start = (
        "EfficientNet-Lite2 as trained on ImageNet" if lite else str(config["training"]["start"])
    )
    subject = Subject(
        name="image: the encoder of pictures that tabs share",
        summary=(
            f"A picture as a grid of patch features (7x7 at 224 px) and their mean: {start}, "
            + ("tuned on the sentiment of posts and memes" if history else "as it is")
            + ". The classifiers of mmsent stand on it, frozen."
        ),
        use=(
            "from mmsent.pipelines.encoders import image_features\n\n"
            'encoder = image_features("<folder or owner/name@revision>")\n'
            "patches, pooled = encoder([picture])      # picture: (H, W, 3) RGB uint8"
        ),
        meant=(
            "**Meant for** features under a small classifier, in demonstrations, teaching and "
            "research.\n\n"
            "**Not meant for** recognising people, or decisions about them."
        ),
        data=(
            "MVSA-Single (Niu et al. 2016) and Memotion 7k (Sharma et al. 2020, arXiv:2008.03781), "
            "both for research use, for "
            "the scores below; the memes contain offensive material. "
            + (
                "The weights of EfficientNet-Lite2 are TensorFlow's (Tan and Le 2019, "
                "arXiv:1905.11946; Apache-2.0), trained "
                "on ImageNet (research use)."
                if lite
                else "The terms of the starting weights apply, too."
            )
        ),
        scores={TITLES[source]: part for source, part in metrics["test"].items()},
        remarks="The scores are those of a logistic regression on the pooled vector: how much a picture alone tells.",
        limits=(
            "A small net: it sees things, scenes and textures, not what a photo means.",
            "It does not read text in pictures and does not recognise faces.",
        ),
        pipeline_tag="image-feature-extraction",
        tags=("sentiment-analysis",),
    )
    return write_card(subject, config, {"training_curves": "Training curves"} if history else {})
