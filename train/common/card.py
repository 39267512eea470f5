"""Model cards of the models for text and photos: what they share, each fact taken from config and
metrics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from train.common.card_text import emissions, number, per_class_table, plain, table

METRICS = {
    "accuracy": "Accuracy",
    "macro_f1": "Macro-F1",
    "ece": "Expected calibration error (15 bins)",
}
LICENCE = "The code of mmsent is Apache-2.0; these weights carry the terms of the data named above: research use."
OWN_LICENCE = (
    "The code of mmsent is Apache-2.0. These weights were trained on somebody's own data, who has not "
    "said here on which terms they may be used: please ask."
)
INSTALL = "In Python, after `pip install .` in a copy of mmsent's repository:"


@dataclass(frozen=True)
class Subject:
    """What a card says of its model in words. ``scores`` maps a title to what
    ``train.common.evaluate.evaluate`` gave of the rows of ``split``, "test" or "validation"; ``own``:
    the data are the trainer's own."""

    name: str
    summary: str
    use: str
    meant: str
    data: str
    scores: Mapping[str, Mapping[str, Any]]
    remarks: str
    limits: Sequence[str]
    pipeline_tag: str
    tags: Sequence[str]
    split: str = "test"
    own: bool = False


def write_card(subject: Subject, config: Mapping[str, Any], plots: Mapping[str, str]) -> str:
    """README.md with YAML front matter for the Hub; ``plots`` maps file names below plots/ to
    captions."""
    return "\n\n".join(
        [
            f"---\n{_front_matter(subject, config).to_yaml().strip()}\n---\n# mmsent "
            f"{subject.name}",
            subject.summary,
            f"## Use\n\n{INSTALL}\n\n```python\n{subject.use}\n```",
            subject.meant,
            f"## Data and terms\n\n{subject.data}\n\n{OWN_LICENCE if subject.own else LICENCE}",
            "## Scores\n\nThe floor is the accuracy of always answering the most frequent "
            f"label.\n\n{_scores(subject)}",
            *(
                f"{title}, by label:\n\n{per_class_table(part['per_class'])}"
                for title, part in subject.scores.items()
            ),
            subject.remarks,
            "\n".join(f"![{caption}](plots/{name}.png)" for name, caption in plots.items()),
            f"## Recipe\n\n{_recipe(config)}",
            "## Limits\n\n" + "\n".join(f"* {limit}" for limit in subject.limits) + "\n",
        ]
    )


def _front_matter(subject: Subject, config: Mapping[str, Any]) -> ModelCardData:
    results = [
        EvalResult(
            task_type=subject.pipeline_tag,
            dataset_type=title.lower().replace(" ", "-").replace(",", ""),
            dataset_name=title,
            dataset_split=subject.split,
            metric_type="f1" if name == "macro_f1" else name,
            metric_name=words,
            metric_value=part[name],
        )
        for title, part in subject.scores.items()
        for name, words in METRICS.items()
        if name in part
    ]
    return ModelCardData(
        license="other",
        license_name="ask-its-maker" if subject.own else "research-use",
        library_name="mmsent",
        pipeline_tag=subject.pipeline_tag,
        tags=["mmsent", *subject.tags],
        model_name=f"mmsent {subject.name}",
        co2_eq_emissions=emissions(config),
        eval_results=results,
    )


def held_out(metrics: Mapping[str, Any]) -> str:
    """Which rows tell how good a model is: "test", or "validation" where there are no test rows."""
    return "test" if "test" in metrics else "validation"


def _scores(subject: Subject) -> str:
    keys = ("accuracy", "floor_accuracy", "macro_f1", "ece")
    body = [
        [title, f"{part['n']:,}", *(number(part, key) for key in keys)]
        for title, part in subject.scores.items()
    ]
    return table([f"{subject.split} rows", "n", "accuracy", "floor", "macro-F1", "ECE"], body)


def _recipe(config: Mapping[str, Any]) -> str:
    facts = {**config["training"], "mmsent": config["mmsent_version"]}
    recipe = facts.pop("recipe", {})
    rows = [
        [name.replace("_", " "), plain(value)] for name, value in (*facts.items(), *recipe.items())
    ]
    return table(["what", "value"], rows)
