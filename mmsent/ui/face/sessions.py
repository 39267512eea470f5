"""What the server remembers of a visitor in front of the camera, and for how long. Everything lives
in memory only.

A session exists from the consent tick until it is taken back or the page is closed; one that sent
nothing for half an hour is dropped when the next visitor comes. Its existence *is* the consent: no
session, no inference. Frames are never part of it.
"""

import secrets
import threading
import time
from array import array
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from mmsent.pipelines.live import LiveFaces
from mmsent.results import LiveResult

MAX_SESSIONS = 32
IDLE_SECONDS = 30 * 60.0
# when all places are taken, whoever has been silent this long gives theirs up
CROWDED_IDLE_SECONDS = 60.0
RECORD_EVERY = 0.2  # seconds between recorded moments: five a second
RECORD_SECONDS = 30 * 60.0
MAX_ROWS = 40_000  # about 7 MB at the very most for one visitor


class FullError(RuntimeError):
    """Every place in front of the camera is taken."""


@dataclass
class Session:
    """One consenting visitor: their tracker and the numbers recorded so far."""

    token: str  # known only to the visitor's own page
    owner: str  # the page's session hash, by which closing the page is announced
    live: LiveFaces
    started: float
    seen: float
    # LiveFaces takes one call at a time
    lock: threading.Lock = field(default_factory=threading.Lock)
    rows: deque[array] = field(default_factory=lambda: deque(maxlen=MAX_ROWS))
    _recorded: float = float("-inf")

    def record(self, result: LiveResult, now: float) -> None:
        """Adds a row (time, track, box, picture size, seven probabilities) for every face, and
        drops rows that are too old. The caller holds ``lock``."""
        if now - self._recorded < RECORD_EVERY:
            return
        self._recorded = now
        seconds = now - self.started
        for face in result.faces:
            self.rows.append(
                array(
                    "f", (seconds, face.track or 0, *face.box, *result.size, *face.emotions.probs)
                )
            )
        while self.rows and self.rows[0][0] < seconds - RECORD_SECONDS:
            self.rows.popleft()

    def recorded(self) -> list[array]:
        """The rows so far, while the camera may be on and its frames add more."""
        with self.lock:
            return list(self.rows)


class Sessions:
    """All visitors in front of their cameras. Thread-safe; the number is bounded and abandoned
    sessions expire."""

    def __init__(
        self,
        new_live: Callable[[], LiveFaces],
        limit: int = MAX_SESSIONS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._new_live, self._limit, self._clock = new_live, limit, clock
        self._by_token: dict[str, Session] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._by_token)

    def open(self, owner: str) -> Session:
        """A fresh session for the page ``owner``, replacing an earlier one. Raises FullError when
        no place is free."""
        live = self._new_live()
        now = self._clock()
        with self._lock:
            self._drop(lambda session: session.owner == owner or now - session.seen > IDLE_SECONDS)
            if len(self._by_token) >= self._limit:
                self._drop(lambda session: now - session.seen > CROWDED_IDLE_SECONDS)
            if len(self._by_token) >= self._limit:
                raise FullError
            session = Session(secrets.token_urlsafe(16), owner, live, started=now, seen=now)
            self._by_token[session.token] = session
            return session

    def get(self, token: object) -> Session | None:
        """The session of this token, or None when there is no consent (any more)."""
        now = self._clock()
        with self._lock:
            self._drop(lambda session: now - session.seen > IDLE_SECONDS)
            session = self._by_token.get(token) if isinstance(token, str) else None
            if session:
                session.seen = now
            return session

    def close(self, owner: str) -> None:
        """Forgets everything about the page ``owner``."""
        with self._lock:
            self._drop(lambda session: session.owner == owner)

    def _drop(self, condition: Callable[[Session], bool]) -> None:
        self._by_token = {token: one for token, one in self._by_token.items() if not condition(one)}
