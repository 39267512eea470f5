"""What the meme tab takes: over HTTP, in front of a pipeline that needs no checkpoint, and pictures
that move."""

import io

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from mmsent.media import ANIMATED
from tests.meme_fake import CAPTION, LIMIT, as_json, meme
from tests.review_fake import NASTY
from tests.served import post


@pytest.fixture(scope="module")
def client(meme_page: str) -> Client:
    return Client(meme_page, verbose=False)


def test_the_endpoint_is_documented(client):
    endpoints = client.view_api(return_format="dict")["named_endpoints"]
    assert list(endpoints) == ["/meme", "/meme_table"]
    image, text = endpoints["/meme"]["parameters"]
    assert (image["parameter_name"], text["parameter_name"]) == ("image", "text")
    assert text["parameter_has_default"]
    assert text["parameter_default"] is None
    for aspect in ("sentiment", "humour", "sarcasm", "offence", "motivation"):
        assert aspect in endpoints["/meme"]["description"]


def test_the_text_is_read_unless_it_is_given(client, grey_photo):
    read = client.predict(handle_file(grey_photo), api_name="/meme")
    assert read == as_json(meme())
    assert read["text"] == CAPTION
    assert client.predict(handle_file(grey_photo), "so funny", api_name="/meme") == as_json(
        meme("so funny")
    )
    assert client.predict(handle_file(grey_photo), "", api_name="/meme") == as_json(meme(""))


def test_a_text_needs_no_picture(client):
    assert client.predict(None, "so funny", api_name="/meme") == as_json(
        meme("so funny", picture=False)
    )


@pytest.mark.parametrize("text", [NASTY, "很难吃，再也不来了", "رائع", "a\x00b", "word " * 3000])
def test_any_text_comes_back_as_it_was(client, text):
    assert client.predict(None, text, api_name="/meme")["text"] == text


def test_bad_input_is_one_sentence(client, grey_photo, tmp_path):
    (tmp_path / "text.jpg").write_bytes(b"this is no picture")
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "cut.png").write_bytes(grey_photo.read_bytes()[:200])
    for arguments, told in (
        ((None,), "add a picture, a text, or both"),
        ((None, ""), "add a picture, a text, or both"),
        ((None, "word " * 10_000), f"at most {LIMIT:,}"),
        ((handle_file(tmp_path / "text.jpg"),), "not a picture"),
        ((handle_file(tmp_path / "empty.jpg"),), "empty"),
        ((handle_file(tmp_path / "cut.png"),), "damaged"),
    ):
        with pytest.raises(AppError, match=told):
            client.predict(*arguments, api_name="/meme")


def test_half_an_emoji_is_answered(meme_page):
    assert "event: complete" in post(meme_page, "meme", None, "half \ud83d")


def test_files_of_the_server_are_refused(meme_page, grey_photo):
    assert "Please upload the picture itself." in post(
        meme_page, "meme", {"path": str(grey_photo)}, None
    )


def frames(kind: str, count: int) -> bytes:
    first, *rest = [Image.new("RGB", (8, 8), (60 * i, 0, 0)) for i in range(count)]
    buffer = io.BytesIO()
    first.save(buffer, kind, **({"save_all": True, "append_images": rest} if rest else {}))
    return buffer.getvalue()


def test_the_endpoint_says_that_a_picture_moves(client, tmp_path):
    (tmp_path / "moving.gif").write_bytes(frames("GIF", 3))
    assert client.predict(handle_file(tmp_path / "moving.gif"), "so funny", api_name="/meme")[
        "notes"
    ] == [ANIMATED]
