"""How much may come at once, and the sentences on it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from mmsent import clips
from mmsent.inputs import Row
from mmsent.media import MediaError, pixel_count
from mmsent.tasks import Task

MAX_ROWS: Final = 200
# by kind of input; a table that names them may come with them
MAX_FILES: Final[Mapping[str, int]] = {"picture": 100, "clip": 20}
MAX_BYTES: Final = clips.MAX_BYTES  # of all files
MAX_TABLE_BYTES: Final = 5 * 2**20
MAX_PIXELS: Final = 1_000_000_000  # of all pictures
MAX_CLIP_SECONDS: Final = clips.MAX_SECONDS  # of all clips
MAX_WORK: Final = 600.0  # seconds; then what is done is handed out
MAX_WORK_API: Final = 120.0  # of an endpoint: nobody knows whether its answer is still awaited

TOO_MANY: Final = "These are {:,} files, and at most {} {}s are read at once. Please send fewer."
TOO_LARGE: Final = (
    f"The files have more than {MAX_BYTES // 2**20} MB together. Please send them in parts."
)
LARGE_TABLE: Final = (
    f"The table is larger than {MAX_TABLE_BYTES // 2**20} MB. Please send it in parts."
)
TOO_MANY_ROWS: Final = (
    f"There are more than {MAX_ROWS} rows. Please send them in parts, or use the command line, "
    "which takes any number."
)
TOO_MANY_PIXELS: Final = (
    f"The pictures have more than {MAX_PIXELS // 1_000_000:,} megapixels together, each counted as "
    "often as a row names it. Please send fewer or smaller ones."
)
TOO_LONG: Final = (
    f"The clips last more than {MAX_CLIP_SECONDS // 60} minutes together, each counted as often as "
    "a row names it. Please send fewer or shorter ones."
)
GONE: Final = "The files are not on the server any more. Please add them again."


def limits_told(task: Task) -> str:
    """The limits in one sentence."""
    kind = task.input_kind
    most = (
        f"{MAX_PIXELS // 1_000_000:,} megapixels"
        if kind == "picture"
        else f"{MAX_CLIP_SECONDS // 60} minutes"
    )
    return (
        f"At most {MAX_FILES[kind]} {kind}s with {most} and {MAX_BYTES // 2**20} MB together, "
        f"{MAX_ROWS} rows, and {MAX_WORK / 60:.0f} minutes of work: what is not done by then is "
        "told."
    )


def check_files(task: Task, files: Sequence[Path], tables: Sequence[Path]) -> None:
    """Raises MediaError where there is too much to read; ``tables`` are not among ``files``."""
    try:
        sizes = [file.stat().st_size for file in (*files, *tables)]
    except OSError:
        raise MediaError(GONE) from None
    most = MAX_FILES[task.input_kind]
    if len(files) > most:
        raise MediaError(TOO_MANY.format(len(files), most, task.input_kind))
    if sum(sizes) > MAX_BYTES:
        raise MediaError(TOO_LARGE)
    if sum(sizes[len(files) :]) > MAX_TABLE_BYTES:
        raise MediaError(LARGE_TABLE)


def check_rows(task: Task, rows: Sequence[Row]) -> None:
    """Raises MediaError where the rows are too much work. A picture or clip that can't be read
    counts nothing: its row will say so."""
    if len(rows) > MAX_ROWS:
        raise MediaError(TOO_MANY_ROWS)
    paths = [row.path for row in rows if row.path and not row.problem]
    if task.input_kind == "picture":
        cost = {path: float(pixel_count(path)) for path in set(paths)}
        most, told = float(MAX_PIXELS), TOO_MANY_PIXELS
    else:
        cost = {path: _seconds(path) for path in set(paths)}
        most, told = float(MAX_CLIP_SECONDS), TOO_LONG
    if sum(cost[path] for path in paths) > most:
        raise MediaError(told)


def _seconds(path: Path) -> float:
    """Of a clip, as far as it is read."""
    try:
        with clips.open_clip(path) as clip:
            return min(clip.info.duration, float(clips.MAX_SECONDS))
    except MediaError:
        return 0.0
