"""The commands that README.md and docs/*.md show, and how tests/docs_smoke.py runs each at smoke
size."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMAND = re.compile(
    r"(?:[A-Z_]+=\S+ )*(?:\S*/)?(?:python3?|make|pytest|accelerate|tensorboard|pip|hf) [\w-].*"
)
# A script that is named in a sentence or a heading, with its data left out; with its data it stands
# elsewhere.
NAMES = re.compile(r"python -m train\.\w+$")


@dataclass(frozen=True)
class Rule:
    """How to run the commands in which ``pattern`` is found.

    ``more`` is put behind them to make them small. ``skip`` says why they are not run. ``serves``:
    they run until they are stopped, and print this once they are ready. ``measures``: they print
    this, and may end with status 1, which says that a figure missed its target. ``shipped``: they
    need more than small checkpoints know, and run with a copy of those that ship.
    """

    pattern: str
    more: str = ""
    skip: str = ""
    serves: str = ""
    measures: str = ""
    shipped: bool = False


RULES = (
    Rule(r" TASK ", skip="is the pattern of the others"),
    Rule(r"--engine ray", skip="needs Ray; make test-scale runs it on two nodes"),
    Rule(r"^pip install", skip="needs the package index and would change this environment"),
    Rule(r"^hf auth login", skip="asks for a token of the real Hub"),
    Rule(r"^make test$", skip="runs all other tests"),
    Rule(r"^make quick$", skip="is a part of make test"),
    Rule(r"^make test-scale$", skip="needs Ray, which it installs"),
    Rule(r"^make test-ranges$", skip="makes two environments of 6 GB; a nightly workflow runs it"),
    Rule(r"^make test-docs$", skip="is what runs here"),
    Rule(r"^make screenshots$", skip="writes the pictures of the README anew"),
    Rule(r"^make bench$", skip="is three commands that are run one by one, at smaller size"),
    Rule(r"^(python -m )?pytest ", skip="is a part of make test"),
    Rule(r"-m build$", skip="tests/test_package.py builds and installs the wheel"),
    Rule(
        r"^accelerate launch -m", skip="needs several GPUs; the same is run with two CPU processes"
    ),
    Rule(
        r"--data MELD\.Raw",
        skip="fetches R3D-18; tests/train/test_video_reference.py runs it with random weights",
    ),
    Rule(
        r"--preset reference",
        skip="fetches pretrained encoders; tests/train run it with small random ones",
    ),
    Rule(r"^make app ARGS=", skip="fetches a checkpoint from the real Hub"),
    Rule(r"^make app$", serves="Running on local URL"),
    Rule(r"^make site$", serves="Serving HTTP on"),
    Rule(r"^tensorboard ", more="--port 0", serves="http://"),
    Rule(r"--help$"),
    Rule(r"^make lint$"),
    Rule(r"-m mmsent (face|review|meme|video|deploy|export|site) "),
    Rule(r"--all OWNER", skip="is the pattern of the one in docs/deploying.md"),
    # v1 of some is there by then, from the commands that publish one
    Rule(r"-m train\.publish --all ", more="--tag all-of-them"),
    Rule(r"-m train\.publish "),
    Rule(r"-m train\.plot_model "),
    Rule(r"-m train\.face\.frame ", more="--pictures 8"),
    Rule(r"--preset student", more="--epochs 2 --limit 1024", shipped=True),
    Rule(
        r"-m train\.(meme --keep \S+|text --base)$", skip="stands in a sentence, without its data"
    ),
    Rule(r"-m train\.meme .*--keep ", more="--epochs 1", shipped=True),
    Rule(r"-m train\.face ", more="--epochs 1 --limit 128"),
    Rule(r"-m train\.text ", more="--epochs 1 --limit 12"),
    Rule(r"-m train\.image ", more="--epochs 1 --limit 12"),
    Rule(r"-m train\.(review|meme) ", more="--epochs 1"),
    Rule(r"-m train\.video ", more="--epochs 1 --seeds 1"),
    Rule(
        r"-m bench\.live$", more="--frames 8 --memory-frames 40", measures="plain chain, median ms"
    ),
    Rule(r"-m bench\.live_browser$", more="--visitors 2 --seconds 2", measures="round trip"),
    Rule(r"-m bench\.live_parity$", more="--frames 8", measures="no face: "),
    Rule(r"-m bench\.chain ", more="--limit 8", measures="all rows:"),
    Rule(r"-m bench\.face_robustness ", skip="needs a folder of photos with faces"),
    Rule(r"-m bench\.photo_device ", skip="needs folders of photos"),
    Rule(r"-m bench\.peer_human$", skip="needs two packages of npm"),
    Rule(r"-m bench\.emoji$", measures="left to the tokenizer"),
    Rule(r"-m bench\.review$", more="--rounds 2", measures="times faster"),
    Rule(
        r"-m bench\.faithfulness ",
        more="--rows 3 --sanity-rows 3",
        measures="insertion",
        shipped=True,
    ),
    Rule(r"-m bench\.faithfulness_photos ", more="--rows 2", measures="maps of 2 photos"),
    Rule(r"-m bench\.ocr$", more="--pictures 20 --layouts 5 --timed 2", measures="times faster"),
    Rule(
        r"-m bench\.video$",
        more="--seconds 3",
        measures="more memory for the long one",
        shipped=True,
    ),
    Rule(r"-m bench\.load$", more="--live 1 --uploads 1 --seconds 10", measures="failed jobs 0"),
    Rule(r"-m bench\.hostile$", more="--inputs 10"),
    Rule(r"-m bench\.export$", more="--inputs 2", measures="utterances of clips"),
    Rule(r"-m bench\.start$", measures="median: page"),
    Rule(r"-m bench\.first_paint$", more="--n 2", measures="first contentful paint"),
)


def commands() -> list[tuple[str, str]]:
    """(page, command) of each command that is shown, once, without its comment."""
    found: dict[str, str] = {}
    for page in PAGES:
        for piece in _pieces(page.read_text(encoding="utf-8").replace("\\\n", " ")):
            command = re.split(r"\s+#", piece.strip())[0]
            if COMMAND.fullmatch(command) and not NAMES.search(command):
                found.setdefault(command.removeprefix(".venv/bin/"), page.name)
    return [(page, command) for command, page in found.items()]


def rule(command: str) -> Rule | None:
    """The first rule that fits."""
    return next((rule for rule in RULES if re.search(rule.pattern, command)), None)


def _pieces(text: str) -> Iterator[str]:
    """Lines of shell blocks and of indented blocks, and code within sentences."""
    language = None
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            language = line.strip("` ") if language is None else None
        elif language == "sh" or (language is None and line.startswith("    ")):
            yield line
        elif language is None:
            yield from re.findall(r"`([^`]+)`", line)
