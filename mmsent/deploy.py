"""Puts the page on Hugging Face Spaces, in one commit; run again it updates the Space, and does
nothing where nothing differs.

    python -m mmsent deploy me/what-feeling                          # free CPU hardware
    python -m mmsent deploy me/what-feeling --hardware zero-a10g     # ZeroGPU
    python -m mmsent deploy me/what-feeling --hardware t4-small --private

It sends the page, the package and the checkpoints that are here, and nothing else: no tests, no
training. What an earlier version had and this one has not is removed. Log in first (“hf auth
login”), or set HF_TOKEN to a token that may write.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from huggingface_hub import SpaceHardware

from mmsent import hub
from mmsent.console import manual_parser
from mmsent.push import PushError, current_hardware, push
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
    args = parser.parse_args(arguments)
    try:
        commit = deploy(args.space, hardware=args.hardware, private=args.private)
    except PushError as error:
        parser.error(str(error))
    print(f"https://huggingface.co/spaces/{args.space} is at {commit}.")
    return 0


def deploy(
    space: str, root: Path = ROOT, hardware: SpaceHardware | None = None, private: bool = False
) -> str:
    """Makes the Space hold the page below ``root`` and returns its commit. Raises PushError."""
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
    return push(space, files, __version__, kind="space", private=private, hardware=hardware)


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
        for pattern in (*hub.FILES, PLOTS):
            yield from sorted(folder.glob(pattern))
