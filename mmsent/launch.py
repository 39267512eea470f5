"""Start the page, then open the address it prints.

    python app.py                                    # or: mmsent app; with the checkpoints that are here
    python app.py --face me/my-face@v1               # another checkpoint: a folder or owner/name@revision on the Hub
    python app.py --review runs/review/checkpoint --device cpu

What an option does the variables MMSENT_FACE, MMSENT_REVIEW, MMSENT_MEME, MMSENT_VIDEO,
MMSENT_DEVICE and MMSENT_LIVE do, too. The usual variables of Gradio apply, such as GRADIO_SERVER_NAME (0.0.0.0 to
be reachable from other machines) and GRADIO_SERVER_PORT. /healthz tells whether it is ready; with
MMSENT_OWNER_TOKEN set, /metrics tells its owner how it is doing (docs/robustness.md).
"""

import os
from collections.abc import Sequence
from typing import Final

from mmsent.console import manual_parser
from mmsent.lasting import lasting
from mmsent.tasks import TASKS

LIVE: Final = ("device", "server")  # where faces of a live camera are read


def main(arguments: Sequence[str] | None = None, program: str = "app.py") -> int:
    """Runs the page until it is told to stop; wrong usage raises SystemExit(2)."""
    parser = manual_parser(program, __doc__)
    for task in TASKS:
        parser.add_argument(f"--{task}", metavar="SOURCE", help=f"checkpoint of the {task} model")
    parser.add_argument(
        "--device", metavar="NAME", help="cpu, cuda or cuda:1; default: cuda where there is one"
    )
    parser.add_argument(
        "--live",
        choices=LIVE,
        help="where faces of a live camera are read unless the visitor chooses; default: device",
    )
    args = parser.parse_args(arguments)
    # In the environment, since what loads the models runs at import on some machines, and in
    # processes of its own on others.
    os.environ |= {f"MMSENT_{name.upper()}": value for name, value in vars(args).items() if value}
    live = os.environ.get("MMSENT_LIVE", LIVE[0])
    if live not in LIVE:
        parser.error(f"MMSENT_LIVE is {live!r}; it can be {' or '.join(LIVE)}")
    if device := os.environ.get("MMSENT_DEVICE"):
        from mmsent.runtime import choose_device  # here, since --help need not wait for PyTorch

        try:
            choose_device(device)
        except ValueError as error:
            parser.error(str(error))
    with lasting():
        from mmsent.ui.page import run

    run()
    return 0
