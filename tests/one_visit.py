"""Starts the app below a folder, its home being there, too, asks each model once, and stops it:
``python -m tests.one_visit FOLDER``."""

import io
import os
import sys
from pathlib import Path

from PIL import Image

from tests.chromium import running_app
from tests.clip_media import write_clip
from tests.visitor import Visitor, wait_until_ready


def main(folder: Path) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (300, 200), "grey").save(picture, "PNG")
    clip = write_clip(folder / "clip.mp4", seconds=2, size=(160, 120)).read_bytes()
    # the app's: what this process keeps in its own is not looked at
    os.environ["HOME"] = str(folder / "home")
    # traced, and with no net exported before, it starts slowly
    with running_app(folder, seconds=600) as (address, _), Visitor(address) as visitor:
        assert len(wait_until_ready(address)) == 4

        def photo() -> dict:
            return visitor.upload(picture.getvalue())

        visitor.ask("face", photo())
        visitor.ask("review", "It broke.", photo())
        visitor.ask("meme", photo(), "one does not simply")
        visitor.ask("video", visitor.upload(clip, "clip.mp4"), "Good morning.", ["text", "audio"])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
