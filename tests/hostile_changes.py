"""How hostile input is made of good files: bytes and keys changed as the seed and the number say."""

import json
import random
from typing import Any, Final

EDGES: Final = (
    b"\x00" * 4,
    b"\xff" * 4,
    b"\x7f\xff\xff\xff",
    b"\x80\x00\x00\x00",
    b"\x00\x00\x00\x01",
    b"-->",
    b'"',
    b"\n",
)
ODD: Final[tuple[Any, ...]] = (
    None,
    True,
    -1,
    0,
    0.5,
    10**9,
    1e300,
    float("nan"),
    "",
    "x",
    [],
    {},
    [None],
    {"x": 1},
)


def change(good: list[bytes], number: int, seed: int) -> bytes:
    """The input ``number``: one of the good files with a few of its bytes changed, cut out, doubled
    or mixed with another's."""
    chance = random.Random(f"{seed} {number}")
    content = bytearray(chance.choice(good))
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        at, length = chance.randrange(len(content) + 1), chance.choice((1, 4, 50, 2000))
        match chance.randrange(7):
            case 0:  # one bit
                content[at : at + 1] = bytes(
                    byte ^ 1 << chance.randrange(8) for byte in content[at : at + 1]
                )
            case 1:
                content[at : at + length] = chance.randbytes(length)
            case 2:  # where lengths and counts stand
                edge = chance.choice(EDGES)
                content[at : at + len(edge)] = edge
            case 3:
                del content[at : at + length]
            case 4:
                content[at:at] = content[at : at + length] * chance.choice((1, 2, 100))
            case 5:
                other = chance.choice(good)
                start = chance.randrange(len(other) + 1)
                content[at : at + length] = other[start : start + length]
            case _:
                del content[max(at, len(content) // 10) :]
    return bytes(content)


def change_config(good: list[bytes], number: int, seed: int) -> bytes:
    """The input ``number``: one of the good configs with one or two keys or items gone, or of
    another value."""
    chance = random.Random(f"{seed} {number}")
    config = json.loads(chance.choice(good))
    for _ in range(chance.choice((1, 1, 2))):
        within, key = chance.choice(places(config))
        if chance.random() < 0.3:
            del within[key]
        else:
            within[key] = chance.choice(ODD)
    return json.dumps(config).encode()


def places(config: Any) -> list[tuple[Any, Any]]:
    """(dict or list, key) of everything in a config that a pipeline may read."""
    if not isinstance(config, dict | list):
        return []
    keys = (
        [key for key in config if key != "training"]
        if isinstance(config, dict)
        else range(len(config))
    )
    return [place for key in keys for place in ((config, key), *places(config[key]))]
