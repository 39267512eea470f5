"""Small files and texts that would become huge or take forever are refused at once."""

import asyncio
import io
import time
import zlib
from pathlib import Path

import pytest
from PIL import Image
from starlette.types import Message

from mmsent.media import ANIMATED, MAX_PIXELS, MediaError, image_notes, open_image
from mmsent.read_table import read_table
from mmsent.transcripts import parse_transcript
from mmsent.ui.server import body_limit
from mmsent.ui.server.body_limit import BodyLimit

pytestmark = pytest.mark.usefixtures("clock")
SECONDS = 10.0  # in which a bomb must be refused, on a busy machine


def png(*chunks: tuple[bytes, bytes], side: int = 8) -> bytes:
    """A PNG of black pixels with additional chunks."""
    head = side.to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
    rows = zlib.compress(bytes(side * (1 + side // 8)), 9)
    whole = [(b"IHDR", head), *chunks, (b"IDAT", rows), (b"IEND", b"")]
    parts = (
        len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")
        for kind, body in whole
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def declaring(width: int, height: int) -> dict[str, bytes]:
    """Pictures of a few bytes that claim to be so large."""
    buffer, small = {}, Image.new("RGB", (16, 16))
    for kind in ("JPEG", "GIF", "BMP"):
        file = io.BytesIO()
        small.save(file, kind)
        buffer[kind] = bytearray(file.getvalue())
    at = buffer["JPEG"].index(b"\xff\xc0") + 5
    buffer["JPEG"][at : at + 4] = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    buffer["GIF"][6:10] = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    buffer["BMP"][18:26] = width.to_bytes(4, "little") + height.to_bytes(4, "little")
    return {kind: bytes(content) for kind, content in buffer.items()}


@pytest.mark.parametrize("kind", ["JPEG", "GIF", "BMP"])
def test_a_picture_that_claims_to_be_huge_is_refused(kind: str) -> None:
    side = 60_000
    assert side * side > MAX_PIXELS
    with pytest.raises(MediaError, match="megapixels"):
        open_image(declaring(side, side)[kind])


def test_a_text_bomb_in_a_png_is_refused() -> None:
    swollen = zlib.compress(b"a" * 200 * 2**20, 9)  # 200 MB in 200 kB
    bomb = png((b"zTXt", b"Comment\0\0" + swollen), (b"iTXt", b"Comment\0\1\0\0\0" + swollen))
    assert len(bomb) < 2**20
    with pytest.raises(MediaError):
        open_image(bomb)


def test_of_thousands_of_frames_one_is_decoded() -> None:
    black, white = (Image.new("L", (64, 64), shade) for shade in (0, 255))
    file = io.BytesIO()
    black.save(file, "GIF", save_all=True, append_images=[white, black] * 1000, duration=20)
    begun = time.monotonic()
    assert image_notes(file.getvalue()) == (ANIMATED,)
    assert open_image(file.getvalue()).max() == 0
    assert time.monotonic() - begun < 1


def test_a_million_subtitles_are_refused_at_once() -> None:
    begun = time.monotonic()
    with pytest.raises(MediaError, match="longer than"):
        parse_transcript("1\n00:00:01,000 --> 00:00:02,000\nHi\n\n" * 1_000_000)
    for text in (
        "00:00:01,000 --> 00:00:02,000\n" * 6000,
        "<" * 199_000,
        "{\\" * 99_000,
        "0:0 " * 49_000 + "-->",
        "1:" * 99_000,
        "1:1 " * 49_000,
        "\n" * 199_000,
    ):
        try:
            parse_transcript(text)
        except MediaError as problem:
            assert str(problem).endswith(".")  # noqa: PT017
    assert time.monotonic() - begun < SECONDS


@pytest.mark.parametrize(
    "text",
    [
        "\r" * 199_000,
        "\u200e" * 199_000,
        "a\n" * 99_000,
        "0:00\n" * 39_000,
        "[0:00]" * 33_000,
        "{1}{2}\n" * 28_000,
        "{a\\p1" * 33_000,
        "<p t=1>" * 28_000,
        "<tt><!--" * 24_000,
        "<tt><![CDATA[" * 15_000,
        '{"words":[' * 19_000,
        '[{"text":"a","start":1},' * 8_000,
        "start,end,text\n" + '0,1,"a"\n' * 24_000,
        "00:00:01,000 --> 00:00:02,000\n&#" + "9" * 99_000 + ";",
        "00:00:01,000 --> 00:00:02,000\n" + "1\n" * 80_000,
        # one that rolls
        "".join(
            f"00:{at // 60:02}:{at % 60:02} --> 00:59:59,0\n{'a ' * 40}\n" for at in range(1_700)
        ),
    ],
    ids=lambda text: ascii(text[:20]),
)
def test_no_notation_takes_more_than_linear_time(text: str) -> None:
    try:
        # what were quadratic would take minutes, which the clock of all tests here forbids
        parse_transcript(text)
    except MediaError as problem:
        assert str(problem).endswith(".")  # noqa: PT017


def send_body(
    declared: int | None, pieces: int, piece: int, path: str = "/gradio_api/call/review"
) -> tuple[list[Message], int]:
    """What a request through BodyLimit is answered, and how many bytes of it were read."""
    sent: list[Message] = []
    read = 0
    left = iter(range(pieces))

    async def receive() -> Message:
        nonlocal read
        number = next(left)
        read += piece
        return {"type": "http.request", "body": b"x" * piece, "more_body": number < pieces - 1}

    async def send(message: Message) -> None:
        sent.append(message)

    async def app(scope: object, receive: object, send: object) -> None:
        while (await receive())["more_body"]:  # type: ignore[operator]
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]

    headers = [] if declared is None else [(b"content-length", str(declared).encode())]
    scope = {"type": "http", "path": path, "headers": headers, "method": "POST"}
    asyncio.run(BodyLimit(app)(scope, receive, send))
    return sent, read


def test_long_requests_are_refused_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_limit, "MAX_BODY", 1000)
    assert send_body(900, 9, 100)[0][0]["status"] == 200
    assert send_body(None, 9, 100)[0][0]["status"] == 200
    assert send_body(1001, 100, 100) == (send_body(1001, 100, 100)[0], 0)
    sent, read = send_body(None, 100, 100)
    assert (sent[0]["status"], read) == (413, 1100)
    assert send_body(5000, 50, 100, body_limit.UPLOAD)[0][0]["status"] == 200


def test_a_table_is_read_row_by_row(tmp_path: Path) -> None:
    table = tmp_path / "long.csv"
    table.write_text("text\n" + '"' + "a" * 300_000 + '"\nfine\n')
    rows = list(read_table(table, ("text",)))
    assert [(row.place, row.cells["text"][:4], len(row.cells["text"])) for row in rows] == [
        ("line 2", "aaaa", 300_000),
        ("line 3", "fine", 4),
    ]
