"""Runs a command and tells what it and its children tried to reach outside this machine, names that
they looked up included.

In a network namespace of its own, where only the loopback device is up: the kernel counts what
finds no way out of it, and what finds no name server at a loopback address. Where the system
forbids namespaces, strace notes each address instead; then the network is there.
"""

import fcntl
import ipaddress
import json
import os
import re
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parent.parent
LOOK_UP: Final = (
    "-c",
    "import socket\ntry: socket.getaddrinfo('nobody.invalid', 80)\nexcept OSError: pass",
)
COUNTED: Final = ("Ip:OutNoRoutes", "Udp:NoPorts", "Ip6OutNoRoutes", "Udp6NoPorts")
SECONDS: Final = 900  # that a command may take, which is traced
NOTED: Final = "connect,sendto,sendmsg,sendmmsg"  # calls that name an address
ADDRESS: Final = re.compile(r'sin6?_port=htons\((\d+)\).*?"([0-9a-f.:]+)"')
RESOLVED: Final = "systemd.resolve"  # of a socket in the file system, which is asked for names, too
SET_FLAGS, UP_RUNNING = 0x8914, 0x41  # SIOCSIFFLAGS, IFF_UP | IFF_RUNNING: netdevice(7)

Reached = Callable[[Sequence[str], Mapping[str, str], Path], list[str]]


def in_namespace(command: Sequence[str], settings: Mapping[str, str], folder: Path) -> list[str]:
    """What ``command``, Python's arguments, tried to reach, one line each; it runs with no
    environment but ``settings``. Raises CalledProcessError where it fails."""
    counts = folder / "counts.json"
    _run(["unshare", "-rn", sys.executable, "-m", "tests.offline", str(counts), *command], settings)
    return [f"{name}: {count}" for name, count in json.loads(counts.read_text()).items() if count]


def under_strace(command: Sequence[str], settings: Mapping[str, str], folder: Path) -> list[str]:
    """Likewise."""
    trace = folder / "trace"
    _run(
        [
            "strace",
            "-f",
            "--seccomp-bpf",
            "-qq",
            "-e",
            f"trace={NOTED}",
            "-o",
            str(trace),
            sys.executable,
            *command,
        ],
        settings,
    )
    return [line for line in trace.read_text(errors="replace").splitlines() if _is_outside(line)]


def way(folder: Path) -> Reached:
    """The first way that notices a look-up here. Skips the test where there is none."""
    for one in (in_namespace, under_strace):
        if notices(one, folder):
            return one
    pytest.skip("neither a network namespace (unshare -rn) nor strace can be had here")


def notices(one: Reached, folder: Path) -> bool:
    """Whether it works here."""
    try:
        return bool(one(LOOK_UP, {}, folder))
    except (OSError, subprocess.CalledProcessError):  # not there, forbidden
        return False


def _run(command: Sequence[str], settings: Mapping[str, str]) -> None:
    subprocess.run(
        command, cwd=ROOT, env={"PATH": os.environ["PATH"], **settings}, check=True, timeout=SECONDS
    )


def _is_outside(line: str) -> bool:
    if RESOLVED in line.lower():
        return True
    for port, address in ADDRESS.findall(line):
        place = ipaddress.ip_address(address)
        if port == "53" or not (place.is_loopback or place.is_unspecified):
            return True
    return False


def _counts() -> dict[str, int]:
    """The kernel's counters of this namespace."""
    lines = [line.split() for line in Path("/proc/net/snmp").read_text().splitlines()]
    found = dict(line.split() for line in Path("/proc/net/snmp6").read_text().splitlines())
    for (kind, *names), (_, *values) in zip(lines[::2], lines[1::2], strict=True):
        found |= {f"{kind}{name}": value for name, value in zip(names, values, strict=True)}
    return {name: int(found[name]) for name in COUNTED}


def main(counts: str, *command: str) -> int:
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sH14x", b"lo", UP_RUNNING))
    status = subprocess.run([sys.executable, *command]).returncode
    Path(counts).write_text(json.dumps(_counts()))
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
