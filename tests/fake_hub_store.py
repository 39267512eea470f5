"""What the fake Hub of the tests holds."""

import hashlib
from dataclasses import dataclass, field


@dataclass
class Repository:
    """``commits`` maps a commit to its files, in order; the last is main."""

    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)  # of the commits
    large: set[str] = field(default_factory=set)  # names of files kept as large ones
    tags: dict[str, str] = field(default_factory=dict)
    private: bool = False
    gated: bool = False
    hardware: str | None = None
    sdk: str | None = None  # of a Space
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def head(self) -> str:
        return list(self.commits)[-1]

    @property
    def files(self) -> dict[str, bytes]:
        return self.commits[self.head]

    def commit(self, files: dict[str, bytes], title: str = "initial commit") -> str:
        oid = hashlib.sha1(f"{len(self.commits)} {sorted(files)}".encode()).hexdigest()
        self.commits[oid], self.titles[oid] = files, title
        return oid

    def resolve(self, revision: str) -> str | None:
        oid = self.head if revision == "main" else self.tags.get(revision, revision)
        return oid if oid in self.commits else None


@dataclass
class FakeHub:
    address: str
    # a Space's name begins with spaces/
    repositories: dict[str, Repository] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)  # large files by sha256
    breaks: list[int] = field(default_factory=list)
    ranges: list[str | None] = field(default_factory=list)  # Range of each download of a large file

    def store(self, content: bytes) -> None:
        """Keeps a large file, as an upload does."""
        self.objects[hashlib.sha256(content).hexdigest()] = content


def git_hash(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
