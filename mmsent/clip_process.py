"""The process that decodes one clip, started by mmsent/clips.py: its messages, and its report
where it fails itself.

It imports only av and numpy, so it starts fast; and whatever a hostile file does to it, the app
only sees a pipe end. What it finds goes to standard output as messages: HEADER, then as many
bytes as the kind says.

    I  header, first: JSON of ``rows`` bytes, what the file declares
    F  a frame: RGB uint8 (rows, columns, 3)
    S  sound: float32 (rows,)
    D  done, last: JSON like I, what was decoded up to the end or the limit
    E  error, last: {"problem"}, a word; for "fault", a mistake of the program, also {"error", "at",
       "traceback"}
"""

import json
import os
import queue
import struct
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

HEADER = struct.Struct("<cdII")  # kind, seconds, rows, columns
MAX_QUEUED = 8  # messages decoded ahead of the reader: 12 MB of the largest frames
TRACEBACK_FRAMES = 6  # of a traceback, the innermost


class Outbox:
    """Writes messages while the next ones are decoded."""

    def __init__(self) -> None:
        self._queue: queue.Queue[tuple[bytes, bytes] | None] = queue.Queue(MAX_QUEUED)
        self._thread = threading.Thread(target=self._write)
        self._thread.start()

    def send(self, kind: bytes, seconds: float, array: Any) -> None:
        """``array`` is one of numpy."""
        rows, columns = (*array.shape, 0)[:2]
        self._queue.put((HEADER.pack(kind, seconds, rows, columns), array.tobytes()))

    def send_facts(self, kind: bytes, **facts: object) -> None:
        content = json.dumps(facts).encode()
        self._queue.put((HEADER.pack(kind, 0.0, len(content), 0), content))

    def close(self) -> None:
        self._queue.put(None)
        self._thread.join()

    def _write(self) -> None:
        try:
            while (message := self._queue.get()) is not None:
                for part in message:
                    sys.stdout.buffer.write(part)
                sys.stdout.buffer.flush()
        except OSError:  # nobody listens any more
            os._exit(0)


def python_path() -> str:
    """Where the decoder looks for modules: where this process does, in that order, but for the
    working folder; mmsent is found from anywhere."""
    root = str(Path(__file__).parent.parent)
    path = [entry for entry in sys.path if entry]
    return os.pathsep.join(path if root in path else [root, *path])


def main(path: str, limits: str, wanted: str) -> None:
    """``limits`` and ``wanted`` are JSON: the fields of Limits and of Wanted."""
    outbox = Outbox()
    try:
        # here, so that what is wrong with its packages is told, too
        from mmsent.clip_decoder import run

        run(path, json.loads(limits), json.loads(wanted), outbox)
    except Exception as problem:  # whatever it is, it is not the visitor's mistake
        frames = traceback.extract_tb(problem.__traceback__)[-TRACEBACK_FRAMES:]
        at = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
        text = "".join(traceback.format_exception(problem))
        outbox.send_facts(
            b"E", problem="fault", error=type(problem).__name__, at=at, traceback=text
        )
    finally:
        outbox.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
