"""Puts the page on Hugging Face Spaces, in one commit; run again it updates the Space, and does
nothing where nothing differs.

    python -m mmsent deploy me/what-feeling                          # free CPU hardware
    python -m mmsent deploy me/what-feeling --hardware zero-a10g     # ZeroGPU
    python -m mmsent deploy me/what-feeling --hardware t4-small --private
    python -m mmsent deploy me/what-feeling --model review=me/my-review@v1   # a model from the Hub
    python -m mmsent deploy --static me/faces                        # a static Space, which is free

It sends the page, the package and the checkpoints that are here, and nothing else: no tests, no
training. What an earlier version had and this one has not is removed. --model writes a variable
of the Space, MMSENT_REVIEW and the like, which stays until its settings are changed; tasks that
have none show the model that is sent. Log in first (“hf auth login”), or set HF_TOKEN to a token
that may write.

--static sends the site that “python -m mmsent site” writes: the face tabs, run by visitors' own
browsers. With --model face=me/my-face@v1 that model is built in.
"""

import re
from argparse import ArgumentTypeError
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from huggingface_hub import HfApi, SpaceHardware, hf_hub_download

from mmsent import hub
from mmsent.console import manual_parser
from mmsent.hub_upload import PushError, current_hardware, push, reserve, translate_hub_errors
from mmsent.site import make_site
from mmsent.tasks import TASKS
from mmsent.version import __version__

ROOT = Path(__file__).resolve().parent.parent
ROOT_FILES = ("README.md", "LICENSE", "app.py", "requirements.txt")
PLOTS = "plots/reliability*.png"  # the only ones that the page shows
ZERO_GPU = SpaceHardware.ZERO_A10G  # what the API calls ZeroGPU, whatever the card
ZERO_BOUND = "# what ZeroGPU supports\ntorch<2.12\n"
PYTORCH = ("torch", "torchvision")  # a pair
CONSTRAINTS = "constraints.txt"
NAME = re.compile(r"([A-Za-z0-9][\w.-]*)(\[[\w,-]+\])?")  # of a requirement, and its extras


def main(arguments: Sequence[str]) -> int:
    """Runs ``python -m mmsent deploy`` and returns its exit status; wrong usage raises
    SystemExit(2)."""
    parser = manual_parser("mmsent deploy", __doc__)
    parser.add_argument(
        "space", metavar="OWNER/NAME", help="the Space; it is made where there is none"
    )
    words = "cpu-basic, zero-a10g (ZeroGPU), t4-small ...; default: as it is"
    parser.add_argument("--hardware", metavar="NAME", type=SpaceHardware, help=words)
    parser.add_argument("--private", action="store_true", help="make a Space that only you can see")
    parser.add_argument(
        "--model",
        metavar="TASK=OWNER/NAME@REVISION",
        type=_task_and_source,
        action="append",
        default=[],
        help="the Space loads this model of a task from the Hub; once for each task",
    )
    parser.add_argument(
        "--static", action="store_true", help="a static Space, with the face tabs alone"
    )
    args = parser.parse_args(arguments)
    models = dict(args.model)
    if args.static and (args.hardware or models.keys() - {"face"}):
        parser.error("a static Space has no hardware, and of the models only that of faces")
    try:
        if args.static:
            commit = deploy_static(args.space, models.get("face"), private=args.private)
        else:
            commit = deploy(args.space, hardware=args.hardware, private=args.private, models=models)
    except (PushError, hub.CheckpointError) as error:
        parser.error(str(error))
    print(f"https://huggingface.co/spaces/{args.space} is at {commit}.")
    return 0


def _task_and_source(text: str) -> tuple[str, str]:
    task, mark, source = text.partition("=")
    if not mark or task not in TASKS:
        tasks = ", ".join(TASKS)
        raise ArgumentTypeError(f"“{text}” is not like TASK=owner/name@v1 with one of {tasks}")
    return task, source


def deploy(
    space: str,
    root: Path = ROOT,
    hardware: SpaceHardware | None = None,
    private: bool = False,
    models: Mapping[str, str] | None = None,
) -> str:
    """Makes the Space hold the page below ``root`` and returns its commit. ``models`` maps tasks to
    ``owner/name@revision`` on the Hub, which the Space loads in place of what is sent. Raises
    PushError, before anything is sent where one of these is not there."""
    files: dict[str, Path | bytes] = {
        path.relative_to(root).as_posix(): path for path in _files_to_send(root)
    }
    missing = [
        name
        for name in (*ROOT_FILES, CONSTRAINTS, "mmsent/__init__.py")
        if not (root / name).is_file()
    ]
    if missing:
        raise PushError(
            f"There is no {missing[0]} in {root}; deploy from a copy of the repository."
        )
    zero = (hardware or current_hardware(space)) == ZERO_GPU
    files["requirements.txt"] = _pinned_requirements(root, zero).encode()
    for task, source in (models or {}).items():
        _check_model(task, source)
    if models:
        reserve(space, "space", private, hardware)
        _set_variables(space, {f"MMSENT_{task.upper()}": name for task, name in models.items()})
    return push(space, files, __version__, kind="space", private=private, hardware=hardware)


def deploy_static(space: str, source: str | None = None, private: bool = False) -> str:
    """Makes the static Space hold the site of the face checkpoint ``source`` and returns its commit.
    Raises PushError, and CheckpointError before anything is sent."""
    files: dict[str, Path | bytes] = {**make_site(source)}
    return push(space, files, __version__, kind="space", private=private, sdk="static")


def _check_model(task: str, source: str) -> None:
    """Raises PushError where ``source`` is no checkpoint for ``task`` on the Hub."""
    name, _, revision = source.partition("@")
    with translate_hub_errors(name):
        info = HfApi().model_info(name, revision=revision or None)
        path = hf_hub_download(name, "config.json", revision=info.sha)
    try:
        hub.read_config(Path(path).parent, task)
    except hub.CheckpointError:
        raise PushError(f"“{source}” on the Hub is not a checkpoint for “{task}”.") from None


def _set_variables(space: str, wanted: Mapping[str, str]) -> None:
    """Each change restarts the Space, so what is as it should be is left alone."""
    with translate_hub_errors(space):
        current = HfApi().get_space_variables(space)
        for name, value in wanted.items():
            if name not in current or current[name].value != value:
                HfApi().add_space_variable(space, name, value)


def _pinned_requirements(root: Path, zero: bool) -> str:
    """Those of the page, each in the version that was tested; on ZeroGPU PyTorch in the range it
    supports."""
    pins = (
        line.split("==")
        for line in (root / CONSTRAINTS).read_text(encoding="utf-8").splitlines()
        if "==" in line
    )
    tested = {_canonical(name): version for name, version in pins}

    def pinned(line: str) -> str:
        name = NAME.match(line)
        version = tested.get(_canonical(name[1])) if name else None
        if not name or not version or (zero and name[1] in PYTORCH):
            return line
        return f"{name[0]}=={version}"

    lines = (root / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return "\n".join(map(pinned, lines)) + "\n" + ZERO_BOUND * zero


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _files_to_send(root: Path) -> Iterator[Path]:
    yield from (path for name in ROOT_FILES if (path := root / name).is_file())
    for path in sorted((root / "mmsent").rglob("*")):
        if path.is_file() and not any(
            part.startswith((".", "__pycache__")) for part in path.relative_to(root).parts
        ):
            yield path
    for folder in sorted(path.parent for path in (root / "checkpoints").glob("*/config.json")):
        for pattern in (*hub.CHECKPOINT_FILES, PLOTS):
            yield from sorted(folder.glob(pattern))
