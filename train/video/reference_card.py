"""The model card of a video checkpoint of the preset ``reference``, from its config and metrics."""

from collections.abc import Mapping
from typing import Any

from train.common.card import Subject, write_card
from train.video.card import MEANT, USE, calibration_text

TITLES = {
    "together": "MELD, words, voice and picture",
    "text": "MELD, words alone",
    "audio": "MELD, voice alone",
    "picture": "MELD, picture alone",
}


def model_card(config: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    """README.md; ``metrics`` as ``export_reference`` writes them."""
    test, start = metrics["test"], config["training"]["start"]
    subject = Subject(
        name="video: emotion and sentiment of an utterance, from words, voice and picture",
        summary=(
            "BERT's pooled vector of the words, the vector of a video net (R3D-18) for the whole "
            "picture, and four convolutions over the log-mel of the sound are each brought to 128 "
            "numbers, put side by side and classified, as emotion and as sentiment. BERT and the "
            "video net are frozen and lie in `encoders/`. It does not look for faces."
        ),
        use=USE,
        meant=MEANT,
        data=(
            f"Trained on {config['training']['data']}: utterances of the series Friends with their "
            "clips (Poria et al. 2019, arXiv:1810.02508), research use. The encoders started from "
            f"{' and '.join(start.values())}, whose terms apply, too. The part dev chose the epoch, "
            "temperatures and thresholds; test rows were evaluated once, through the saved weights."
        ),
        scores={
            f"{title}: {task}": test[name][task]
            for name, title in TITLES.items()
            for task in test[name]
        },
        remarks=calibration_text(config, test, TITLES),
        limits=(
            "It can't do without any of the three: where words, voice or picture are missing, the "
            "average of its training stands in, and a note says so.",
            "English words only; actors of one series, lit, filmed and cut for television.",
            "The speakers of MELD's test rows are those of its training rows, so expect less of "
            "other people.",
            "No measurement of fairness was made.",
        ),
        pipeline_tag="video-classification",
        tags=("emotion-recognition", "multimodal", "speech-emotion-recognition"),
    )
    figures = {"training_curves": "Training curves", "confusion_sentiment": "Sentiment: confusion"}
    for name, title in TITLES.items():
        figures |= {
            f"confusion_{name}": f"{title}: confusion",
            f"reliability_{name}": f"{title}: reliability",
        }
    return write_card(subject, config, figures)
