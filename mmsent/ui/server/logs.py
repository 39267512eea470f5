"""Logs as lines of JSON that tell what happened, when and how long it took, but nothing of what a
visitor sent.

{"time": "2025-01-31T12:00:00.123+00:00", "level": "info", "event": "job", "job": "f3a1...", "task":
"review", "seconds": 0.214, "waited": 0.001, "outcome": "done"}
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

# "": whoever has no handler of their own
FOREIGN: Final = ("uvicorn.error", "asyncio", "gradio", "")
FRAMES: Final = 6  # of a traceback, the innermost


class JsonLines(logging.Formatter):
    """One record, one line. Facts go into ``extra={"facts": {...}}``.

    Exceptions are told by type and place: their text may quote a file's name or content. So may the
    arguments of other packages' messages, so only the bare message of these is written.
    """

    def format(self, record: logging.LogRecord) -> str:
        own = record.name.partition(".")[0] == "mmsent"
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage() if own else f"{record.name}: {record.msg}"[:200],
            **getattr(record, "facts", {}),
        }
        if record.exc_info and (problem := record.exc_info[1]):
            line |= describe(problem)
        return json.dumps(line)


def describe(problem: BaseException) -> dict[str, Any]:
    """Type and place of an exception, without its text."""
    frames = traceback.extract_tb(problem.__traceback__)[-FRAMES:]
    return {
        "error": type(problem).__name__,
        "at": [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames],
    }


def log_json_lines() -> None:
    """All logs of this process to standard error. To be called after the launch: the web server
    sets up its own before."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name in FOREIGN:
        logger = logging.getLogger(name or None)
        logger.handlers, logger.propagate = [handler], False
    own = logging.getLogger("mmsent")
    own.handlers, own.propagate = [handler], False
    own.setLevel(logging.INFO)
