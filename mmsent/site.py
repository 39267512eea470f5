"""Write the face tabs as a static site: a folder of files that any web server gives out, and
visitors' own browsers do the rest.

    python -m mmsent site public/
    python -m mmsent site public/ --face me/mmsent-face@v1    # another checkpoint: a folder or on the Hub
    python -m http.server --directory public                  # then open http://localhost:8000

Faces are read on the visitor's device; nothing is sent. Addresses in it are relative, so it may lie
in any folder of a web server; after the first visit it opens without a connection. OUT is made, or
is empty, or holds an earlier site, which is replaced; anything else there is left alone, and so is a
site that was changed by hand. “python -m mmsent deploy --static OWNER/NAME” puts it on Hugging Face.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mmsent.checkpoint import CheckpointError
from mmsent.console import manual_parser
from mmsent.site_folder import SiteError, check_folder, write_site

MANY: Final = 12_000_000  # bytes; more is long to wait for on a phone


def main(arguments: Sequence[str]) -> int:
    """Runs ``python -m mmsent site`` and returns its exit status; wrong usage raises
    SystemExit(2)."""
    parser = manual_parser("mmsent site", __doc__)
    parser.add_argument("out", metavar="OUT", type=Path, help="the folder to write")
    parser.add_argument(
        "--face",
        metavar="SOURCE",
        help="checkpoint of the face model: a folder or owner/name@revision on the Hugging Face Hub",
    )
    args = parser.parse_args(arguments)
    try:
        check_folder(args.out)  # before a model is loaded
        files = make_site(args.face)
        write_site(files, args.out)
    except (SiteError, CheckpointError) as error:
        parser.error(str(error))
    size = sum(map(len, files.values()))
    print(f"{args.out}: {len(files)} files, {size / 1e6:.1f} MB, which a visitor fetches once.")
    if size > MANY:
        print(
            "That is much: the checkpoint holds no smaller net for visitors' devices "
            "(docs/training.md tells how to train one)."
        )
    return 0


def make_site(source: str | None = None) -> dict[str, bytes]:
    """Content of each file of the site by its path, for the face checkpoint ``source``. Raises
    CheckpointError."""
    import mmsent  # here, as what follows, since --help need not wait for PyTorch
    from mmsent.ui.site.build import site_files

    return site_files(mmsent.load("face", source, "cpu"))
