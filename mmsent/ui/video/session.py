"""What the server does and remembers for one visitor's clip: numbers only, of a model that sees the
whole picture small frames as well, and for half an hour."""

from collections.abc import Callable
from typing import Final, NamedTuple

from markupsafe import Markup

from mmsent.annotate import annotate
from mmsent.media import MediaError
from mmsent.pipelines.clip_watch import WatchedClip
from mmsent.pipelines.video import VideoPipeline
from mmsent.results import VideoResult
from mmsent.ui.common import render
from mmsent.ui.common.html import NOTHING
from mmsent.ui.server.uploads import result_folder

LONG_SECONDS: Final = 10.0  # of work, from which on it is said beforehand
NO_CLIP: Final = "There is no clip yet. Please add or record one."
FORGOTTEN: Final = "The numbers of this clip have been deleted. Please press “Analyse” again."


class Kept(NamedTuple):
    """A clip that was watched: where the upload lies, whether its words were written down, and the
    last verdict on it."""

    path: str
    recognised: bool
    watched: WatchedClip
    result: VideoResult | None = None

    def judged(self, video: VideoPipeline, transcript: str, counts: list[str]) -> "Kept":
        """With the verdict on these words and modalities; nothing is decoded. Raises MediaError as
        ``video.judge`` does."""
        return self._replace(result=video.judge(self.watched, transcript.strip() or None, counts))

    def explained(
        self,
        video: VideoPipeline,
        transcript: str,
        counts: list[str],
        cancelled: Callable[[], bool],
    ) -> "Kept":
        """``judged``, with what each word did. Raises Cancelled, too."""
        words = transcript.strip() or None
        result = video.judge(self.watched, words, counts, reasons=True, cancelled=cancelled)
        return self._replace(result=result)

    @property
    def verdict(self) -> VideoResult:
        """The last verdict. Raises MediaError where there is none."""
        if self.result is None:
            raise MediaError(FORGOTTEN)
        return self.result


def watched(
    video: VideoPipeline,
    path: str | None,
    write_down: bool,
    before: Kept | None,
    progress: Callable[[str, float], None],
    cancelled: Callable[[], bool],
) -> Kept:
    """The clip, watched now unless ``before`` is the same and knows enough. Raises MediaError and
    Cancelled."""
    if path is None:
        raise MediaError(NO_CLIP)
    if before and before.path == path and (before.recognised or not write_down):
        return before
    return Kept(path, write_down, video.watch(path, progress, cancelled, write_down))


def annotated(
    kept: Kept | None, progress: Callable[[float], None], cancelled: Callable[[], bool]
) -> str:
    """The path of the clip with boxes and emotions drawn into it, in the folder that Gradio empties
    by itself. Raises MediaError and Cancelled."""
    if kept is None:
        raise MediaError(FORGOTTEN)
    path, result = kept.path, kept.verdict
    folder = result_folder()
    out = folder / "annotated.mp4"
    try:
        annotate(path, result, out, progress, cancelled)
    except BaseException:
        folder.rmdir()  # nothing half-written is in it
        raise
    return str(out)


def estimate_html(video: VideoPipeline, path: str | None) -> Markup:
    """How long the work will take where it is worth knowing, or why it can't be done; ""
    otherwise."""
    if path is None:
        return NOTHING
    try:
        seconds = video.estimate(path)
    except MediaError as problem:
        return render.message(str(problem), problem=True)
    if seconds < LONG_SECONDS:
        return NOTHING
    about = (
        f"{10 * round(seconds / 10):.0f} seconds"
        if seconds < 90
        else f"{round(seconds / 60):.0f} minutes"
    )
    return Markup(
        "<p>Watching this clip will take about {}; writing down what is said takes longer.</p>"
    ).format(about)
