"""A visitor without a browser: what the page's own scripts send, as raw HTTP. A browser allows
about six connections to one server; of these there may be as many as needed."""

import base64
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import httpx

API = "gradio_api"


class BusyError(RuntimeError):
    """The page said politely that it has no place just now."""


class RefusedError(RuntimeError):
    """The page answered with a sentence; it is the text of the exception."""


def wait_until_ready(address: str) -> dict[str, str]:
    """Returns the states of the models of the app at ``address`` once each that is there has
    answered. Raises RuntimeError where one can't."""
    while not (health := httpx.get(f"{address}healthz", timeout=60).json())["ready"]:
        if "failed" in health["models"].values():
            raise RuntimeError(f"not every model can answer: {health['models']}")
        time.sleep(0.1)
    return health["models"]


class Visitor:
    """One open page of the app at ``address``."""

    def __init__(self, address: str, timeout: float = 120.0) -> None:
        self.http = httpx.Client(base_url=address, timeout=timeout)
        self.page = secrets.token_hex(6)  # Gradio's session hash
        self.config = self.http.get("config").raise_for_status().json()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def upload(self, content: bytes, name: str = "picture.jpg") -> dict[str, Any]:
        """A file, as jobs name it. Raises RefusedError."""
        reply = self.http.post(f"{API}/upload", files={"files": (name, content)})
        if reply.is_error:
            raise RefusedError(reply.text)
        return {"path": reply.json()[0], "orig_name": name, "meta": {"_type": "gradio.FileData"}}

    def ask(self, endpoint: str, *data: Any) -> Any:
        """The answer of a public endpoint. Raises RefusedError and BusyError."""
        event = self._post(f"{API}/call/{endpoint}", {"data": data})["event_id"]
        with self.http.stream("GET", f"{API}/call/{endpoint}/{event}") as reply:
            kind = ""
            for line in reply.iter_lines():
                name, _, value = line.partition(": ")
                if name == "event":
                    kind = value
                elif name == "data" and kind == "complete":
                    return json.loads(value)[0]
                elif name == "data" and kind == "error":
                    raise RefusedError((json.loads(value) or {}).get("error"))
        raise RuntimeError(f"no answer from {endpoint}")

    def press(self, element: str, event: str, *data: Any) -> list[Any]:
        """What the handler of an element's event answers, as a list with a value for each of its
        outputs."""
        component = self.component(element)
        handlers = [
            one for one in self.config["dependencies"] if [component, event] in one["targets"]
        ]
        handler = next(one for one in handlers if len(one["inputs"]) == len(data))
        body = {
            "data": data,
            "fn_index": handler["id"],
            "session_hash": self.page,
            "trigger_id": component,
        }
        if not handler["queue"]:
            return self._post(f"{API}/run/predict", body)["data"]
        number = self._post(f"{API}/queue/join", body)["event_id"]
        with self.http.stream(
            "GET", f"{API}/queue/data", params={"session_hash": self.page}
        ) as reply:
            for line in reply.iter_lines():
                message = (
                    json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
                )
                if message.get("msg") == "process_completed" and message.get("event_id") == number:
                    if not message["success"]:
                        raise RefusedError(message["output"].get("error"))
                    return message["output"]["data"]
        raise RuntimeError(f"no answer from {element}")

    def component(self, element: str) -> int:
        """The number of the component with this elem_id."""
        return next(
            one["id"] for one in self.config["components"] if one["props"].get("elem_id") == element
        )

    def consent(self) -> str:
        """Ticks the box before the camera; the token of the live session."""
        shown = self.press("consent", "input", True)[1]
        return (shown.get("value") or shown)["token"] if isinstance(shown, dict) else shown

    def detect(
        self, token: str, jpeg: bytes, following: list[list[float]] | None = None
    ) -> dict[str, Any]:
        """What the server reads in one camera picture: the faces in the boxes to follow, or, with
        None, all that it finds."""
        payload = {
            "token": token,
            "jpg": "data:image/jpeg;base64," + base64.b64encode(jpeg).decode(),
            "following": following,
            "rolls": [0] * len(following or ()),
        }
        call = {
            "component_id": self.component("live-view"),
            "fn_name": "detect",
            "session_hash": self.page,
            "data": payload,
        }
        return self._post(f"{API}/component_server", call)

    @contextmanager
    def present(self) -> Iterator[None]:
        """The page is open; the server notices when it is closed."""
        with self.http.stream("GET", f"{API}/heartbeat/{self.page}", timeout=None) as reply:
            beats = reply.iter_lines()  # the connection closes with it
            next(beats)
            yield

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        reply = self.http.post(path, json=body)
        if reply.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            raise BusyError(reply.text)
        if reply.is_error:
            raise RefusedError(reply.text)
        return reply.json()
