"""A small server that speaks the Hub's protocol: repositories, commits, large files, tags,
downloads in parts.

Nothing is written to disk. ``breaks`` says after how many bytes each of the next downloads of a
large file breaks off.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from huggingface_hub import constants

from tests.fake_hub_downloads import TOKEN, Downloads
from tests.fake_hub_store import FakeHub, Repository, git_hash

LARGE = 10 * 2**20  # bytes from which the Hub takes a file only as a large one
CALL = re.compile(
    r"/api/(?P<kind>models|spaces)/(?P<name>[^/]+/[^/]+)(?:/(?P<verb>[^/]+))?(?:/(?P<rest>.+))?$"
)
FILE = re.compile(
    r"/(?P<space>spaces/)?(?P<name>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<path>.+)$"
)


class Handler(Downloads):
    def answer(self, method: str) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = unquote(urlsplit(self.path).path)
        if path.startswith("/cdn/"):
            self.send_object(self.hub.objects[path[5:]])
        elif path.startswith("/upload/"):
            assert hashlib.sha256(self.body).hexdigest() == path[8:]
            self.hub.objects[path[8:]] = self.body
            self.reply({})
        elif path.endswith("/info/lfs/objects/batch"):
            self.batch()
        elif path == "/api/validate-yaml":
            self.validate()
        elif found := FILE.match(path):
            self.file((found["space"] or "") + found["name"], found["revision"], found["path"])
        elif method == "POST" and not self.authorized:
            self.refuse(401, "", "Invalid username or password.")
        elif path == "/api/repos/create":
            self.create()
        elif found := CALL.match(path):
            self.call(
                "spaces/" * (found["kind"] == "spaces") + found["name"],
                method,
                found["verb"],
                found["rest"] or "main",
            )
        else:
            self.refuse(404, "", "no such address")

    def create(self) -> None:
        asked = json.loads(self.body)
        owner = asked["organization"] or "me"
        name = "spaces/" * (asked.get("type") == "space") + f"{owner}/{asked['name']}"
        url = f"{self.hub.address}/{name}"
        if owner == "stranger":
            return self.refuse(
                403, "", "You don't have the rights to create a model under this namespace"
            )
        if name in self.hub.repositories:
            return self.reply({"url": url, "error": "You already created this repo"}, 409)
        private = asked.get("visibility") == "private" or bool(asked.get("private"))
        self.hub.repositories[name] = made = Repository(
            private=private, hardware=asked.get("hardware"), sdk=asked.get("sdk")
        )
        made.commit({".gitattributes": b"*.safetensors filter=lfs diff=lfs merge=lfs -text\n"})
        return self.reply({"url": url})

    def validate(self) -> None:
        text = json.loads(self.body)["content"]
        try:
            yaml.safe_load(text.split("---\n")[1])
        except (IndexError, yaml.YAMLError) as error:
            return self.reply({"errors": [{"message": str(error)}], "warnings": []}, 400)
        return self.reply({"errors": [], "warnings": []})

    def call(self, name: str, method: str, verb: str | None, revision: str) -> None:
        found = self.hub.repositories.get(name)
        if found is None or (found.private and not self.authorized):
            return self.refuse(
                404 if self.authorized else 401, "RepoNotFound", "Repository not found"
            )
        oid = found.resolve(revision)
        if oid is None:
            return self.refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        if method == "GET" and verb in (None, "revision"):
            return self.reply(
                {
                    "id": name.removeprefix("spaces/"),
                    "sha": oid,
                    "private": found.private,
                    "sdk": found.sdk,
                    "siblings": [],
                }
            )
        answers = {
            "tree": lambda: [
                self.entry(found, path, content) for path, content in found.commits[oid].items()
            ],
            "commits": lambda: [
                _commit(oid, title) for oid, title in reversed(found.titles.items())
            ],
            "refs": lambda: {
                "branches": [],
                "converts": [],
                "tags": [_tag(tag, to) for tag, to in found.tags.items()],
            },
            "runtime": lambda: {
                "stage": "RUNNING",
                "hardware": {"current": None, "requested": found.hardware},
            },
            "hardware": lambda: self.set_hardware(found),
            "variables": lambda: self.variables(found, method),
            "preupload": lambda: {
                "files": [self.mode(found, file) for file in json.loads(self.body)["files"]]
            },
            "commit": lambda: self.take_commit(found),
            "tag": lambda: found.tags.update({json.loads(self.body)["tag"]: oid}),
        }
        return self.reply(answers[verb]())  # type: ignore[index]

    def set_hardware(self, repository: Repository) -> dict:
        repository.hardware = json.loads(self.body)["flavor"]
        return {"stage": "BUILDING", "hardware": {"requested": repository.hardware}}

    def variables(self, repository: Repository, method: str) -> dict:
        if method == "POST":
            asked = json.loads(self.body)
            repository.variables[asked["key"]] = asked["value"]
        return {name: {"value": value} for name, value in repository.variables.items()}

    def entry(self, repository: Repository, path: str, content: bytes) -> dict:
        sha256 = hashlib.sha256(content).hexdigest()
        lfs = (
            {"lfs": {"oid": sha256, "size": len(content), "pointerSize": 130}}
            if path in repository.large
            else {}
        )
        return {"type": "file", "path": path, "size": len(content), "oid": git_hash(content), **lfs}

    def mode(self, repository: Repository, file: dict) -> dict:
        large = file["size"] > LARGE or file["path"].endswith(".safetensors")
        there = repository.files.get(file["path"])
        oid = (
            None
            if there is None
            else hashlib.sha256(there).hexdigest()
            if large
            else git_hash(there)
        )
        return {
            "path": file["path"],
            "uploadMode": "lfs" if large else "regular",
            "shouldIgnore": False,
            "oid": oid,
        }

    def batch(self) -> None:
        def action(oid: str) -> dict:
            return (
                {}
                if oid in self.hub.objects
                else {"actions": {"upload": {"href": f"{self.hub.address}/upload/{oid}"}}}
            )

        objects = json.loads(self.body)["objects"]
        self.reply(
            {"transfer": "basic", "objects": [{**one, **action(one["oid"])} for one in objects]}
        )

    def take_commit(self, repository: Repository) -> dict:
        files, title = dict(repository.files), ""
        for line in self.body.splitlines():
            part = json.loads(line)
            value = part["value"]
            if part["key"] == "header":
                title = value["summary"]
            elif part["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
                assert len(files[value["path"]]) <= LARGE
            elif part["key"] == "lfsFile":
                files[value["path"]] = self.hub.objects[value["oid"]]
                repository.large.add(value["path"])
            elif part["key"] == "deletedFile":
                del files[value["path"]]
        oid = repository.commit(files, title)
        return {"commitUrl": f"{self.hub.address}/me/any/commit/{oid}", "commitOid": oid}


def _tag(name: str, commit: str) -> dict[str, str]:
    return {"name": name, "ref": f"refs/tags/{name}", "targetCommit": commit}


def _commit(oid: str, title: str) -> dict:
    return {
        "id": oid,
        "title": title,
        "message": "",
        "date": "2025-01-31T12:00:00.000Z",
        "authors": [{"user": "me"}],
    }


@contextmanager
def serving() -> Iterator[FakeHub]:
    handler = type("BoundHandler", (Handler,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        handler.hub = hub = FakeHub(f"http://127.0.0.1:{server.server_port}")
        # seconds between its looks for the end, which the test waits for
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield hub
        server.shutdown()
        thread.join()


def use(hub: FakeHub, patch: pytest.MonkeyPatch, home: Path) -> None:
    """Points huggingface_hub to ``hub`` with an empty cache in ``home``, here and in processes
    started from here."""
    settings = {
        "HF_ENDPOINT": hub.address,
        "HF_HOME": str(home),
        "HF_TOKEN": TOKEN,
        "HF_HUB_DISABLE_XET": "1",
    }
    for name, value in settings.items():
        patch.setenv(name, value)
    patch.delenv("HF_HUB_OFFLINE", raising=False)
    patch.setattr(constants, "ENDPOINT", hub.address)
    template = hub.address + "/{repo_id}/resolve/{revision}/{filename}"
    patch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    patch.setattr(constants, "HF_TOKEN_PATH", str(home / "token"))
    patch.setattr(constants, "HF_HUB_CACHE", str(home / "hub"))
    patch.setattr(constants, "HF_HUB_DISABLE_XET", True)
