"""Which tests are slow, and which may not run at the same time."""

import re
from functools import cache

from xdist.scheduler import LoadScopeScheduling

from tests.chromium import ROOT

# of those that do not ask the one app: files that look at a clock or start apps
ONE_AFTER_ANOTHER = (
    "test_load.py",
    "test_serve.py",
    "test_modules.py",
    "test_mounting.py",
    "test_faults.py",
    "test_damaged_checkpoints.py",
)
# decode many clips, read many captions or ask a local Hub; left out by make quick, too
SLOW_FILES = (
    "test_video.py",
    "test_video_words.py",
    "test_clip_choice.py",
    "test_clips.py",
    "test_clip_decoder.py",
    "test_ocr_tall.py",
    "test_ocr_layout.py",
    "test_ocr_turns.py",
    "test_publish.py",
    "test_publish_encoders.py",
    "test_release.py",
    "test_hub_http.py",
    "test_hostile.py",
    "test_bombs.py",
    "test_command_line_docs.py",
    "test_deploy.py",
    "test_encoder_identity.py",
    "test_runtime.py",
    "test_onnx_export.py",
    "test_onnx_write.py",
    "test_clip_times.py",
    "test_meme_captions.py",
    "test_meme_table.py",
    "test_face_rotation.py",
    "test_folders.py",
)
# tests that ask the app of the whole session
ONE_APP = re.compile(r"^(?:async )?def \w+\((?:.*, )?app\b", re.MULTILINE)


class FilesTogether(LoadScopeScheduling):
    """Tests of a file go to one worker, for they share what is costly to make; those that ask the
    one app or look at a clock all go to the same. pytest-xdist's own groups (loadgroup) are lost on
    pytest 9.2."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        return "app" if one_group(file) else file


@cache
def one_group(file: str) -> bool:
    """Whether this file of tests, below the root, is one of the group that runs one after
    another."""
    path = ROOT / file
    return path.name in ONE_AFTER_ANOTHER or bool(ONE_APP.search(path.read_text(encoding="utf-8")))


def slow_file(file: str) -> bool:
    """Whether make quick leaves out this file of tests, below the root."""
    path = ROOT / file
    return path.parent.name == "browser" or path.name in SLOW_FILES or one_group(file)
