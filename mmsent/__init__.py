"""mmsent reads sentiment and emotion from memes, faces, reviews with photos, and video clips.

import mmsent
face = mmsent.load("face")
for found in face.predict("photo.jpg").faces:
    print(found.box, found.emotions.top, found.emotions.confidence)
review = mmsent.load("review")
print(review.predict("The strap broke after a day.", "bag.jpg").sentiment.top)
"""

from importlib import import_module
from typing import TYPE_CHECKING

from mmsent import no_telemetry as no_telemetry  # before all others; it says why

__all__ = ["CheckpointError", "MediaError", "load"]

# Imported at the first use: the command line's help and the process that decodes clips need none.
if TYPE_CHECKING:
    from mmsent.hub import CheckpointError
    from mmsent.media import MediaError
    from mmsent.tasks import load
else:
    _HOMES = {
        "CheckpointError": "mmsent.hub",
        "MediaError": "mmsent.media",
        "load": "mmsent.tasks",
    }

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_HOMES[name]), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
