"""How the page is doing: the jobs it has done, with their times; ``/healthz`` for everybody,
``/metrics`` for its owner."""

import logging
import os
import secrets
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mmsent.identity import identify
from mmsent.tasks import Pipeline
from mmsent.version import __version__

log = logging.getLogger(__name__)

# environment: who sends it as "Authorization: Bearer ..." sees /metrics; unset: nobody
TOKEN: Final = "MMSENT_OWNER_TOKEN"
RECENT: Final = 500  # jobs of a kind whose times are kept
# what becomes of a job: an answer; a sentence about what was sent; no room or memory; our mistake
DONE, REFUSED, EXHAUSTED, FAILED = "done", "refused", "exhausted", "failed"


class State(StrEnum):
    """Of a task's model."""

    LOADING = "loading"  # it is there, and has not answered yet
    READY = "ready"  # it has answered
    FAILED = "failed"  # it can't be used, or could not answer what it is asked at the start
    MISSING = "missing"  # there is no checkpoint for it
    UNTRIED = "untried"  # it is there, and to ask it would cost a visitor's share of a GPU


@dataclass
class Job:
    number: str  # by chance; the visitor sees it where something went wrong
    outcome: str = DONE


@dataclass
class Health:
    """What one process knows of itself. Thread-safe."""

    models: dict[str, State] = field(default_factory=dict)  # by task
    # task -> what answers, where there is one
    pipelines: dict[str, Pipeline] = field(default_factory=dict)
    # sentences for the owner, such as that the GPU is gone
    notes: set[str] = field(default_factory=set)
    _started: float = field(default_factory=time.monotonic)
    _running: Counter[str] = field(default_factory=Counter)
    _outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    _seconds: dict[str, deque[float]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=RECENT))
    )
    _waited: dict[str, deque[float]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=RECENT))
    )
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def ready(self) -> bool:
        """Whether every model that is there has answered, but for those that can't be asked."""
        return bool(self.models) and not {State.LOADING, State.FAILED} & set(self.models.values())

    @contextmanager
    def job(self, task: str, waited: float = 0.0, silent: bool = False) -> Iterator[Job]:
        """Counts and times what happens inside, and logs it unless ``silent``; whoever runs it sets
        the outcome.

        ``waited``: seconds in the queue.
        """
        job, start = Job(secrets.token_hex(4)), time.perf_counter()
        with self._lock:
            self._running[task] += 1
        try:
            yield job
        finally:
            seconds = time.perf_counter() - start
            with self._lock:
                self._running[task] -= 1
                self._outcomes[task, job.outcome] += 1
                self._seconds[task].append(seconds)
                self._waited[task].append(waited)
            if not silent:
                facts = {
                    "job": job.number,
                    "task": task,
                    "seconds": seconds,
                    "waited": waited,
                    "outcome": job.outcome,
                }
                log.info(
                    "job",
                    extra={
                        "facts": {
                            k: round(v, 4) if isinstance(v, float) else v for k, v in facts.items()
                        }
                    },
                )

    def checkpoints(self) -> dict[str, dict[str, Any]]:
        """By task, which model answers: source, revision, preset, parameters and device."""
        found = {task: identify(task, pipeline) for task, pipeline in self.pipelines.items()}
        return {task: one.to_dict() for task, one in found.items() if one is not None}

    def summary(self) -> dict[str, Any]:
        """Per task: jobs running, counts by outcome, median and 95th percentile of the recent times
        in seconds."""
        with self._lock:
            return {
                task: {
                    "running": self._running[task],
                    "outcomes": {
                        outcome: n for (name, outcome), n in self._outcomes.items() if name == task
                    },
                    "seconds": _percentiles(seconds),
                    "waited": _percentiles(self._waited[task]),
                }
                for task, seconds in self._seconds.items()
            }

    def routes(self) -> list[Route]:
        """To be given to the web server before all others."""

        async def healthz(_: Request) -> Response:
            return JSONResponse(
                {
                    "ready": self.ready,
                    "version": __version__,
                    "models": self.models,
                    "checkpoints": self.checkpoints(),
                }
            )

        async def metrics(request: Request) -> Response:
            token = os.environ.get(TOKEN)
            if not token:
                return Response(status_code=404)
            if not secrets.compare_digest(
                request.headers.get("authorization", "").encode(), f"Bearer {token}".encode()
            ):
                return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
            facts = {
                "up_seconds": round(time.monotonic() - self._started),
                "resident_mb": resident_mb(),
            }
            return JSONResponse(
                facts
                | {
                    "notes": sorted(self.notes),
                    "threads": threading.active_count(),
                    "jobs": self.summary(),
                }
            )

        return [Route("/healthz", healthz), Route("/metrics", metrics)]


def resident_mb(process: int | str = "self") -> float:
    """Memory in megabytes that a process holds; 0.0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)


def _percentiles(values: Sequence[float] | deque[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        name: round(ordered[int(share * (len(ordered) - 1))], 4)
        for name, share in (("median", 0.5), ("p95", 0.95))
    }
