"""The model card of a face checkpoint: everything in it comes from ``config.json`` and
``metrics.json``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from train.common.card import INSTALL, METRICS, OWN_LICENCE
from train.common.card_text import emissions, number, per_class_table, plain, table

TERMS = "https://www.kaggle.com/c/challenges-in-representation-learning-facial-expression-recognition-challenge/rules"
FER_DATA = f"""\
FER2013 (Goodfellow et al. 2013, arXiv:1307.0414) and the FERPlus votes (Barsoum et al. 2016,
arXiv:1608.01041) are collections of web pictures for research use; no picture is part of this repository. The code of mmsent
is Apache-2.0; these weights carry the terms of the data ([FER2013]({TERMS})): research use."""


@dataclass(frozen=True)
class Split:
    """Names of the rows that choose and of those that test; ``data_set`` of all."""

    data_set: str
    validation: str
    test: str
    terms: str
    license_name: str


SPLITS = {
    "usage": Split("FER2013", "PublicTest", "PrivateTest", FER_DATA, "fer2013-research-use"),
    # of files that tell no parts, as the reference project has them
    "tenths": Split(
        "df_train", "a tenth of df_train", "another tenth of df_train", OWN_LICENCE, "ask-its-maker"
    ),
}
PLOTS = {
    "confusion_matrix": "Confusion matrix on {test}",
    "reliability": "Reliability diagram on {test}",
    "training_curves": "Training curves",
    "class_distribution": "How often each label occurs",
}

NARROWER = """ and fewer channels inside its
blocks, taught by the net that it lies beside,"""
TEMPLATE = """\
---
{front_matter}
---
# mmsent face: seven facial expressions from a face crop

A ResNet18 with the head 512 → 100 → ReLU → {classes}{narrower} that takes a grey face crop of {size}×{size} pixels and gives
calibrated probabilities over {labels}.

It tells which of these words people would put on the face in the picture. It does **not** tell
what the person feels.

## Use

{install}

```python
import mmsent

face = mmsent.load("face", "<folder or owner/name@revision>")
face.predict("photo.jpg").faces          # finds the faces, then names each expression
face.classify([crop])[0].as_dict()       # a ready crop: uint8, grey (H, W) or RGB (H, W, 3)
```

**Meant for** demonstrations, teaching and research on expression recognition with people who know of it and agreed to it.

**Not meant for** decisions about people: hiring, work, school, insurance, credit, policing, border control, medicine or lie
detection. In the EU, inferring emotions from faces at work or in education is prohibited (AI Act, Regulation (EU) 2024/1689,
Art. 5(1)(f)). Do not run it on people who did not agree to it.

## Data and terms

Trained on {data}.

{terms}

## Scores

The rows of {validation} chose the temperature and the threshold; those of {test} were evaluated once, at the end,
through the saved checkpoint and the preprocessing of the live path, one model, no test-time augmentation. The floor is
the accuracy of always answering the most frequent label.

{scores}

Per label on {test} (n = {n:,}):

{per_class}

**Calibration.** Probabilities are divided by a temperature of {temperature:.3f}, fitted on {validation}, where the expected
calibration error went from {ece_before:.4f} to {ece_after:.4f}; on {test} it is {ece_test:.4f} (15 equal-width bins).

**Not sure.** Below a confidence of {threshold:.3f} the answer is marked as unsure. On {test} {coverage:.1%} of the rows
are answered, and {risk} of those answers are wrong.

{plots}

## Recipe

`python -m train.face --data <folder> --preset {preset}{start}`

{recipe}

## Limits

* The labels are what annotators saw in pictures, and they are noisy: in FER2013 the FERPlus annotators' majority
  agrees with the scored label on about two thirds of the rows.
* The pictures are not known to be balanced by age, skin colour, sex or culture, and expressions differ between cultures. No
  measurement of fairness was made, because the data names no such groups.
* Rare labels are weaker than the average; see the table. Expect less than these figures on small, turned,
  covered or badly lit faces.
* The figures hold for ready-made face crops; on photos and video the face detector's errors come on top.
"""


def model_card(config: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    """README.md of a checkpoint with YAML front matter for the Hub.

    ``config`` is that of the checkpoint, ``metrics`` holds ``test`` and ``validation`` as
    ``train.common.evaluate`` gives them, validation also ``ece_before_temperature``.
    """
    test, validation, training = metrics["test"], metrics["validation"], config["training"]
    risk = test["selective"]["risk"]
    split = SPLITS[training.get("split", "usage")]
    captions = {name: caption.format(test=split.test) for name, caption in PLOTS.items()}
    return TEMPLATE.format(
        front_matter=_front_matter(test, config, split).to_yaml().strip(),
        install=INSTALL,
        validation=split.validation,
        test=split.test,
        classes=len(config["labels"]),
        narrower=NARROWER if "teacher" in config else "",
        size=config["preprocessing"]["size"],
        labels=", ".join(config["labels"]),
        data=training["data"],
        terms=split.terms,
        scores=_scores(test, validation, split),
        n=test["n"],
        per_class=per_class_table(test["per_class"]),
        temperature=config["calibration"]["temperature"],
        ece_before=validation["ece_before_temperature"],
        ece_after=validation["ece"],
        ece_test=test["ece"],
        threshold=config["calibration"]["threshold"],
        coverage=test["selective"]["coverage"],
        risk="none" if risk is None else f"{risk:.1%}",
        plots="\n".join(f"![{caption}](plots/{name}.png)" for name, caption in captions.items()),
        preset=training["preset"],
        start=(" --start <its teacher>" if "teacher" in config else "")
        + (" --student <an earlier student>" if "student" in training["recipe"] else ""),
        recipe=_recipe(config),
    )


def _front_matter(
    test: Mapping[str, Any], config: Mapping[str, Any], split: Split
) -> ModelCardData:
    results = [
        EvalResult(
            task_type="image-classification",
            task_name="Facial expression recognition",
            dataset_type=split.data_set.lower(),
            dataset_name=split.data_set,
            dataset_split=split.test,
            metric_type="f1" if name == "macro_f1" else name,
            metric_name=title,
            metric_value=test[name],
        )
        for name, title in METRICS.items()
    ]
    return ModelCardData(
        license="other",
        license_name=split.license_name,
        license_link=TERMS if split.data_set == "FER2013" else None,
        library_name="mmsent",
        pipeline_tag="image-classification",
        tags=["mmsent", "emotion-recognition", "facial-expression", "resnet18"],
        model_name="mmsent face",
        co2_eq_emissions=emissions(config),
        eval_results=results,
    )


def _scores(test: Mapping[str, Any], validation: Mapping[str, Any], split: Split) -> str:
    rows = [
        (f"{split.test} (test)", test),
        (f"{split.validation} (validation)", validation),
        (f"{split.test} without near-duplicates of training rows", test.get("without_twins")),
        (f"{split.test} against the FERPlus majority", test.get("ferplus_majority")),
    ]
    body = [
        [
            title,
            f"{part['n']:,}",
            *(number(part, key) for key in ("accuracy", "floor_accuracy", "macro_f1", "ece")),
        ]
        for title, part in rows
        if part
    ]
    return table(["rows", "n", "accuracy", "floor", "macro-F1", "ECE"], body)


def _recipe(config: Mapping[str, Any]) -> str:
    training, inner = config["training"], config["architecture"].get("inner")
    facts = {
        "stem": config["architecture"]["stem"],
        **({"channels inside the blocks": inner} if inner else {}),
        "input": "{size} px, grey, mean {mean[0]:.4f}, std {std[0]:.4f} of 0..1".format(
            **config["preprocessing"]
        ),
        "epochs": training["epochs"],
        "seed": training["seed"],
        **training["recipe"],
        "commit": training["commit"] or "not recorded",
        "hardware": training.get("hardware", "not recorded"),
        "hours": training.get("hours", "not recorded"),
        "CO2, grams": training.get("co2_grams", "not recorded"),
        "mmsent": config["mmsent_version"],
    }
    return table(
        ["what", "value"], [[name.replace("_", " "), plain(value)] for name, value in facts.items()]
    )
