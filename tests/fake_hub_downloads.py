"""Files as the fake Hub gives them: small ones at once, large ones from another host, in parts."""

import hashlib
import json
from http.server import BaseHTTPRequestHandler

from tests.fake_hub_store import FakeHub, git_hash

TOKEN = "hf_of_the_tests"


class Downloads(BaseHTTPRequestHandler):
    """Replies, refuses and gives files, as ``answer`` of the whole Hub decides. Only who shows TOKEN
    sees what is private or gated."""

    protocol_version = "HTTP/1.1"
    # head and body are sent one after another; the second would wait 40 ms until the first is acknowledged
    disable_nagle_algorithm = True
    hub: FakeHub

    def do_GET(self) -> None:
        self.answer("GET")

    def do_HEAD(self) -> None:
        self.answer("HEAD")

    def do_POST(self) -> None:
        self.answer("POST")

    def do_PUT(self) -> None:
        self.answer("PUT")

    def log_message(self, *_: object) -> None:
        pass

    @property
    def authorized(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {TOKEN}"

    def reply(self, body: object, status: int = 200, **headers: str) -> None:
        content = json.dumps(body).encode()
        self.send(
            status,
            {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers},
            content,
        )

    def send(self, status: int, headers: dict[str, str], content: bytes = b"") -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def refuse(self, status: int, code: str, message: str) -> None:
        self.reply({"error": message}, status, **{"X-Error-Code": code, "X-Error-Message": message})

    def file(self, name: str, revision: str, path: str) -> None:
        found = self.hub.repositories.get(name)
        if found is None or (found.private and not self.authorized):
            return self.refuse(401, "RepoNotFound", "Repository not found")
        if found.gated and not self.authorized:
            return self.refuse(401, "GatedRepo", "Access to this model is restricted.")
        oid = found.resolve(revision)
        if oid is None or path not in found.commits[oid]:
            return self.refuse(404, "EntryNotFound", "Entry not found")
        content = found.commits[oid][path]
        headers = {"X-Repo-Commit": oid, "Content-Length": str(len(content))}
        if path not in found.large:
            return self.send(200, headers | {"ETag": f'"{git_hash(content)}"'}, content)
        digest = hashlib.sha256(content).hexdigest()
        # localhost, not 127.0.0.1: large files lie on another host, which gets no token
        place = {
            "Location": f"{self.hub.address.replace('127.0.0.1', 'localhost')}/cdn/{digest}",
            "Content-Length": "0",
        }
        linked = {"X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(content))}
        return self.send(302, headers | place | linked)

    def send_object(self, content: bytes) -> None:
        assert "Authorization" not in self.headers
        wanted = self.headers.get("Range")
        self.hub.ranges.append(wanted)
        start = int(wanted.removeprefix("bytes=").split("-")[0]) if wanted else 0
        headers = {"Content-Length": str(len(content) - start), "Accept-Ranges": "bytes"}
        if wanted:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        end = start + self.hub.breaks.pop(0) if self.hub.breaks else len(content)
        self.send(206 if wanted else 200, headers, content[start:end])
        self.close_connection = end < len(content)
