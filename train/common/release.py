"""All checkpoints to the Hub, encoders first, and their commits into the package."""

import difflib
from collections.abc import Callable, Mapping
from pathlib import Path

from mmsent import hub, pinned
from mmsent.atomic import atomic_write
from mmsent.hub_upload import PushError, reserve
from train.common.hub_card import card_and_terms
from train.common.hub_encoders import inside
from train.common.publishing import Published, check_tag, checked_config, publish

# encoders before the heads that stand on them
ORDER = ("text", "image", "speech", "face", "review", "meme", "video")
PINNED_FILE = Path(pinned.__file__)


def repository(owner: str, task: str) -> str:
    return f"{owner}/mmsent-{task}"


def publish_all(
    owner: str,
    root: Path,
    tag: str | None = None,
    private: bool = False,
    told: Callable[[str, Published], object] = lambda name, published: None,
) -> dict[str, str]:
    """Publishes the checkpoints of ORDER below ``root`` and returns ``owner/name@commit`` of each
    task; ``told`` hears of each that is done.

    What was published by an earlier run and has not changed stays as it is, so a run that broke off
    is run again. Raises PushError or CheckpointError, before anything is sent where a checkpoint is
    missing, not finished or stands on another encoder than the one here, a repository can't be
    written to, or its ``tag`` is taken.
    """
    sources = {task: _sources(root, task) for task in ORDER}
    for task in ORDER:
        reserve(repository(owner, task), private=private)
    for task in ORDER if tag else ():
        encoders = {encoder: repository(owner, encoder) for encoder in sources[task]}
        check_tag(root / task, repository(owner, task), tag or "", encoders)
    pins: dict[str, str] = {}
    for task in ORDER:
        name = repository(owner, task)
        encoders = {encoder: pins[encoder] for encoder in sources[task]}
        published = publish(root / task, name, tag, encoders, private)
        pins[task] = f"{name}@{published.commit}"
        told(name, published)
    return pins


def _sources(root: Path, task: str) -> list[str]:
    """The encoders of ORDER that the checkpoint of ``task`` stands on and that lie beside it,
    checked to be the very ones."""
    folder = root / task
    named = checked_config(folder).get("encoders", {})
    card_and_terms(folder, "owner/name", [], None)
    own = inside(folder, named)
    beside = [name for name in named if name not in own and "/" not in named[name]["source"]]
    for encoder in beside:
        if encoder not in ORDER:
            raise PushError(
                f"{folder} stands on the encoder “{encoder}”, which --all does not publish; move it "
                f"into {folder / hub.INSIDE}."
            )
        weights = root / encoder / hub.WEIGHTS
        if not weights.is_file() or hub.sha256(weights) != named[encoder]["sha256"]:
            raise PushError(
                f"{root / encoder} is not the encoder that {folder} was trained on; train one of "
                "them again."
            )
    return beside


def write_pins(pins: Mapping[str, str], path: Path) -> str:
    """Writes ``pins`` as the module ``mmsent/pinned.py``, by an atomic write, and returns the
    difference that this makes, as a unified diff; "" where there is none."""
    before = path.read_text(encoding="utf-8")
    head = before[: before.index("PINNED")]
    lines = "".join(f'    "{task}": "{source}",\n' for task, source in pins.items())
    after = f"{head}PINNED: dict[str, str] = {{\n{lines}}}\n"
    if after == before:
        return ""
    with atomic_write(path) as fresh:
        fresh.write_text(after, encoding="utf-8")
    name = f"mmsent/{path.name}"
    parts = (before.splitlines(keepends=True), after.splitlines(keepends=True))
    return "".join(difflib.unified_diff(*parts, f"a/{name}", f"b/{name}"))
