"""The frozen encoders that several pipelines share, text_encoder.py and image_encoder.py, and the
check that a head gets those on which it was trained."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from mmsent import hub
from mmsent.pipelines.image_encoder import ImageFeatures as ImageFeatures
from mmsent.pipelines.image_encoder import fit_picture as fit_picture
from mmsent.pipelines.image_encoder import image_features as image_features
from mmsent.pipelines.image_encoder import squash as squash
from mmsent.pipelines.text_encoder import MAX_CHARACTERS as MAX_CHARACTERS
from mmsent.pipelines.text_encoder import MAX_TOKENS as MAX_TOKENS
from mmsent.pipelines.text_encoder import Reading as Reading
from mmsent.pipelines.text_encoder import TextFeatures as TextFeatures
from mmsent.pipelines.text_encoder import Tokens as Tokens
from mmsent.pipelines.text_encoder import check_length as check_length
from mmsent.pipelines.text_encoder import text_features as text_features


class FrozenEncoder(Protocol):
    """An encoder that heads stand on; ``sha256`` is that of its weights, ``identity`` that of weights,
    preprocessing and tokenizer (``hub.identity``)."""

    sha256: str
    identity: str


def frozen_encoders(
    folder: Path,
    named: Mapping[str, Mapping[str, str]],
    device: str,
    given: tuple[TextFeatures, ImageFeatures] | None = None,
) -> tuple[TextFeatures, ImageFeatures]:
    """The encoders "text" and "image" that the head in ``folder`` names, or the ``given`` ones,
    checked to be those it was trained on."""
    text, image = given or (
        text_features(named_source(folder, named["text"]), device),
        image_features(named_source(folder, named["image"]), device),
    )
    check_encoder(folder, named["text"], text)
    check_encoder(folder, named["image"], image)
    return text, image


def check_encoder(folder: Path, named: Mapping[str, str], encoder: FrozenEncoder) -> None:
    """Refuses to run the head in ``folder`` on another encoder than the one it names and was
    trained on."""
    if "identity" in named and encoder.sha256 == named["sha256"]:
        if encoder.identity != named["identity"]:
            raise hub.CheckpointError(
                f"{folder} was trained on the encoder “{named['source']}” with other preprocessing or "
                "another tokenizer; fetch that one, or train this model again."
            )
    elif encoder.sha256 != named["sha256"]:
        raise hub.CheckpointError(
            f"{folder} was trained on another encoder “{named['source']}” (sha256 "
            f"{named['sha256'][:12]}…, here "
            f"{encoder.sha256[:12]}…); fetch that one, or train this model again."
        )


def check_widths(
    folder: Path, config: hub.Config, text: TextFeatures, image: ImageFeatures, pooled: bool
) -> None:
    """Refuses a head in ``folder`` that reads other numbers than the encoders give, ``pooled`` or
    not."""
    check_width(folder, config, "text", text.width)
    check_width(folder, config, "image", image.width_of(pooled))


def check_width(folder: Path, config: hub.Config, name: str, width: int) -> None:
    """Refuses a head in ``folder`` that reads another ``width`` of what its config calls ``name``."""
    wanted = config["architecture"].get(f"{name}_width", width)
    if wanted != width:
        raise hub.CheckpointError(
            f"{folder} reads {wanted} numbers of the encoder “{name}”, which gives {width}; "
            "fetch or train it again."
        )


def name_encoder(source: str, encoder: FrozenEncoder) -> dict[str, str]:
    """What the config of a head says of an encoder that it was trained on."""
    return {"source": source, "sha256": encoder.sha256, "identity": encoder.identity}


def named_source(folder: Path, named: Mapping[str, str]) -> str | Path | None:
    """Where the encoder a head names is: ``owner/name@commit``, or a checkpoint of that name inside
    the head's folder, or beside it, else wherever ``hub.find`` looks."""
    if "/" in named["source"]:
        return named["source"]
    beside = folder.parent / named["source"]
    return hub.inside(folder, named["source"]) or (beside if beside.is_dir() else None)
