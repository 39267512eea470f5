"""Who has agreed to be read by the server's model. Everything lives in memory only.

A session exists from the consent tick until it is taken back or the page is closed; one that sent
nothing for half an hour is dropped when the next visitor comes. Its existence *is* the consent: no
session, no inference. Neither pictures nor what was read in them are part of it: those numbers are
in the visitor's own page.
"""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

MAX_SESSIONS = 32
IDLE_SECONDS = 30 * 60.0
# when all places are taken, whoever has been silent this long gives theirs up
CROWDED_IDLE_SECONDS = 60.0


class FullError(RuntimeError):
    """Every place in front of the camera is taken."""


@dataclass
class Session:
    """One consenting visitor."""

    token: str  # known only to the visitor's own page
    owner: str  # the page's session hash, by which closing the page is announced
    seen: float
    lock: threading.Lock = field(default_factory=threading.Lock)  # one picture at a time


class Sessions:
    """All visitors in front of their cameras. Thread-safe; the number is bounded and abandoned
    sessions expire."""

    def __init__(
        self, limit: int = MAX_SESSIONS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit, self._clock = limit, clock
        self._by_token: dict[str, Session] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._by_token)

    def open(self, owner: str) -> Session:
        """A fresh session for the page ``owner``, replacing an earlier one. Raises FullError when
        no place is free."""
        now = self._clock()
        with self._lock:
            self._drop(lambda session: session.owner == owner or now - session.seen > IDLE_SECONDS)
            if len(self._by_token) >= self._limit:
                self._drop(lambda session: now - session.seen > CROWDED_IDLE_SECONDS)
            if len(self._by_token) >= self._limit:
                raise FullError
            session = Session(secrets.token_urlsafe(16), owner, seen=now)
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
