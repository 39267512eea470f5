"""What is measured in a page with the live tab, and at the process behind it."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Page

from tests.chromium import BITS, BLOCK

# Notes every change of the scene (read from the video itself) and of the page's answer, with its
# time in milliseconds.
RECORDER = """
([bits, block]) => {
  const live = document.querySelector("#live-view .live"), video = live.querySelector("video"), log = window.benchLog = [];
  const canvas = document.createElement("canvas"), g = canvas.getContext("2d", {willReadFrequently: true});
  canvas.width = bits * block; canvas.height = block;
  let scene = -1, answer = "";
  const watch = () => {
    g.drawImage(video, 0, 0, canvas.width, block, 0, 0, canvas.width, block);
    let now = 0;
    for (let i = 0; i < bits; i++) now |= (g.getImageData(i * block + block / 2, block / 2, 1, 1).data[0] > 127) << i;
    if (now !== scene) log.push({t: performance.now(), scene: scene = now});
    video.requestVideoFrameCallback(watch);
  };
  watch();
  new MutationObserver(() => {
    const {faces, label} = live.dataset;
    if (faces + label !== answer) log.push({t: performance.now(), faces: +faces, label});
    answer = faces + label;
  }).observe(live, {attributes: true});
}
"""


# Starts the camera; milliseconds until the first reading.
FIRST_READING = """
() => new Promise(done => {
  const live = document.querySelector("#live-view .live"), begin = performance.now();
  new MutationObserver((_, observer) => {
    if (!+live.dataset.updates) return;
    observer.disconnect();
    done(performance.now() - begin);
  }).observe(live, {attributes: true});
  live.querySelector(".start").click();
})
"""
# Notes how long each task of the page's main thread takes that takes more than 50 ms.
LONG_TASKS = """
() => {
  window.benchTasks = [];
  new PerformanceObserver(list => window.benchTasks.push(...list.getEntries().map(entry => entry.duration)))
    .observe({type: "longtask"});
}
"""


class Rates(NamedTuple):
    """Of a page: video frames and readings a second, the median round trip and the longest task of
    the main thread, both in ms (a task of at most 50 ms counts as 0)."""

    fps: float
    readings: float
    trip: float
    longest: float


def state(page: Page) -> dict[str, Any]:
    return page.evaluate(
        "({...document.querySelector('#live-view .live').dataset, now: performance.now()})"
    )


def rates(pages: Sequence[Page], seconds: float = 8.0) -> list[Rates]:
    """What each page reaches, all at the same time, from two seconds after the 20th reading on."""
    for page in pages:  # the first calls warm the model up
        page.wait_for_function(
            "+document.querySelector('#live-view .live').dataset.updates > 20", timeout=60_000
        )
    time.sleep(2)
    for page in pages:
        page.evaluate(LONG_TASKS)
    before = [state(page) for page in pages]
    time.sleep(seconds)
    after = [state(page) for page in pages]
    return [
        Rates(
            float(b["fps"]),
            1000 * (int(b["updates"]) - int(a["updates"])) / (b["now"] - a["now"]),
            float(b["trip"]),
            page.evaluate("Math.max(0, ...window.benchTasks)"),
        )
        for a, b, page in zip(before, after, pages, strict=True)
    ]


def record(page: Page, seconds: float) -> list[dict[str, Any]]:
    page.evaluate(RECORDER, [BITS, BLOCK])
    time.sleep(seconds)
    return page.evaluate("window.benchLog")


def delays(log: Sequence[dict[str, Any]]) -> dict[int, float]:
    """The longest time in seconds from a scene (0: nobody, 1: a face) to the first answer that
    fits; inf: none came."""
    worst: dict[int, float] = {}
    # the first began before, the last may be cut short
    starts = [entry for entry in log if "scene" in entry][1:-1]
    for start in starts:
        fits = (
            e["t"]
            for e in log
            if e["t"] >= start["t"] and "faces" in e and (e["faces"] > 0) == (start["scene"] == 1)
        )
        took = (next(fits, float("inf")) - start["t"]) / 1000
        worst[start["scene"]] = max(worst.get(start["scene"], 0.0), took)
    return worst


def processor_seconds(process: int) -> float:
    """Of a process and its threads since they began, as Linux counts them."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
