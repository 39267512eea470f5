"""The app over HTTP, as a program would use it."""

import base64
import json
import urllib.request
import zlib

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from mmsent.labels import FACE_EMOTIONS
from tests.conftest import encode

# of two_faces, upright
BOXES = [pytest.approx((254, 108, 405, 311), abs=8), pytest.approx((904, 139, 1027, 298), abs=8)]


@pytest.fixture(scope="module")
def client(app):
    return Client(app.address, verbose=False)


def ask(client, path):
    return client.predict(handle_file(path), api_name="/face")


def boxes_of(result) -> list[list[int]]:
    return [face["box"] for face in result["faces"]]


def bomb(side: int = 20_000) -> bytes:
    """A valid PNG of side x side black pixels, one bit each, in some 50 kB."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")
        )

    head = side.to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
    rows = zlib.compress(bytes(side * (1 + side // 8)), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_the_page_is_served(app):
    with urllib.request.urlopen(app.address) as reply:
        assert reply.status == 200
        assert b"what feeling is in this?" in reply.read()


def test_the_public_endpoints_are_two_a_task(client):
    endpoints = client.view_api(return_format="dict")["named_endpoints"]
    parameters = {
        name: [part["parameter_name"] for part in end["parameters"]]
        for name, end in endpoints.items()
    }
    assert parameters == {
        "/face": ["picture"],
        "/review": ["text", "image"],
        "/meme": ["image", "text"],
        "/video": ["clip", "transcript", "modalities"],
    } | {f"/{task}_table": ["files", "kind"] for task in ("face", "review", "meme", "video")}
    assert "seven emotions" in endpoints["/face"]["description"]


def test_a_review_is_read_by_the_real_pipeline(client, two_faces, tmp_path):
    path = tmp_path / "two.jpg"
    path.write_bytes(encode(two_faces))
    result = client.predict(
        text="The strap is broken.", image=handle_file(path), api_name="/review"
    )
    assert [word["word"] for word in result["words"]] == ["The", "strap", "is", "broken."]
    assert result["grid"] == [3, 3]
    assert [len(row) for row in result["attention"]] == [9] * 4


def test_face_finds_both_faces(client, two_faces, tmp_path):
    path = tmp_path / "two.jpg"
    path.write_bytes(encode(two_faces))
    result = ask(client, path)
    assert result["size"] == [1280, 480]
    larger, smaller = result["faces"]
    assert larger["box"][0] < 640 < smaller["box"][0]
    assert list(larger["emotions"]["probs"]) == list(FACE_EMOTIONS)
    assert sum(larger["emotions"]["probs"].values()) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(
    ("orientation", "stored"),
    [
        (3, Image.Transpose.ROTATE_180),
        (5, Image.Transpose.TRANSPOSE),
        (6, Image.Transpose.ROTATE_90),
        (8, Image.Transpose.ROTATE_270),
    ],
)
def test_a_photo_taken_with_the_phone_turned(client, two_faces, tmp_path, orientation, stored):
    exif = Image.Exif()
    exif[0x0112] = orientation  # says how to bring the stored pixels upright
    path = tmp_path / "turned.jpg"
    Image.fromarray(two_faces).transpose(stored).save(path, exif=exif)
    result = ask(client, path)
    assert result["size"] == [1280, 480]
    assert boxes_of(result) == BOXES


def test_a_cmyk_jpeg(client, two_faces, tmp_path):
    path = tmp_path / "print.jpg"
    Image.fromarray(two_faces).convert("CMYK").save(path)
    result = ask(client, path)
    assert result["size"] == [1280, 480]
    assert boxes_of(result) == BOXES


def test_no_face_is_an_empty_list(client, tmp_path):
    path = tmp_path / "grey.png"
    path.write_bytes(encode(np.full((200, 300, 3), 128, np.uint8), "PNG"))
    assert ask(client, path) == {"size": [300, 200], "faces": [], "notes": []}


def post(app, payload) -> str:
    """What the endpoint answers to a request no client of ours would send."""
    address = f"{app.address}gradio_api/call/face"
    body = json.dumps({"data": [payload]}).encode()
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as reply:
        event = json.load(reply)["event_id"]
    with urllib.request.urlopen(f"{address}/{event}", timeout=60) as reply:
        return reply.read().decode()


def test_files_of_the_server_and_addresses_are_refused_alike(app, two_faces, tmp_path, caplog):
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(encode(two_faces))
    own = {"meta": {"_type": "gradio.FileData"}}
    for payload in (
        {"path": str(secret)},
        {"path": str(tmp_path / "no such file.jpg")},
        {"path": "/dev/zero"},
        {"path": "/etc/passwd", **own},
        {"path": "/etc/" + "a" * 300, **own},
        {"path": {"a": 1}},
        5,
        {"path": "https://example.org/picture.jpg", **own},
        {"path": "http://127.0.0.1:1/picture.jpg", "url": "http://127.0.0.1:1/picture.jpg", **own},
    ):
        answer = post(app, payload)
        assert "event: error" in answer, payload
        assert "Please upload the picture itself." in answer, payload
        assert "box" not in answer
    assert "went wrong" not in caplog.text  # else strangers could fill the log


def test_a_picture_inside_the_request_is_fine(app, two_faces):
    data_url = "data:image/jpeg;base64," + base64.b64encode(encode(two_faces)).decode()
    assert '"box"' in post(app, {"url": data_url})


def test_bad_files_are_one_sentence_and_the_app_lives(app, client, two_faces, tmp_path):
    jpeg = encode(two_faces)
    bad = {
        "empty.jpg": (b"", "empty"),
        "text.jpg": (b"this is no picture", "not a picture"),
        "script.svg": (b"<svg onload='alert(1)'/>", "not a picture"),
        "cut.jpg": (jpeg[: len(jpeg) // 3], "damaged"),
        "bomb.png": (bomb(), "megapixels"),
    }
    for name, (content, expected) in bad.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(AppError, match=expected) as caught:
            ask(client, path)
        assert "Traceback" not in str(caught.value), name
    good = tmp_path / "good.jpg"
    good.write_bytes(jpeg)
    assert len(ask(client, good)["faces"]) == 2
    assert "Traceback" not in app.log.read_text()
