"""The clip tab over HTTP, in front of a pipeline that needs no checkpoint."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from tests.served import post, serving
from tests.video_fake import BROKEN, FakeVideo, write_clip
from tests.video_results import NASTY, as_json, result


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving("video", FakeVideo(), tmp_path_factory.mktemp("gradio")) as address:
        yield address


@pytest.fixture(scope="module")
def client(address: str) -> Client:
    return Client(address, verbose=False)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.webm", seconds=1)


def ask(client: Client, path: Path, *more, **named) -> dict:
    told = client.predict(handle_file(path), *more, **named, api_name="/video")
    return told | {"notes": []}  # they count the clips


def test_the_endpoint_is_documented(client):
    endpoint = client.view_api(return_format="dict")["named_endpoints"]["/video"]
    clip, transcript, modalities = endpoint["parameters"]
    assert (clip["parameter_name"], transcript["parameter_name"], modalities["parameter_name"]) == (
        "clip",
        "transcript",
        "modalities",
    )
    assert transcript["parameter_default"] is None
    assert modalities["parameter_default"] == ["text", "audio", "face"]
    assert "sentiment (3)" in endpoint["description"]


def test_the_endpoint_answers_with_the_result(client, clip):
    assert ask(client, clip) == as_json(result(reasons=True))
    assert ask(client, clip, "Hello there.") == as_json(result("Hello there.", reasons=True))
    assert ask(client, clip, modalities=["audio", "face"]) == as_json(
        result(modalities=("audio", "face"), reasons=True)
    )


def test_the_endpoint_tells_what_each_word_did(client, clip):
    first, _, last = ask(client, clip, "I won!")["moments"]
    assert (first["tokens"], first["attributions"]) == (["I", "won!"], [-0.4, 1.2])
    assert first["clip_attributions"] == [-0.2, 0.6]
    assert set(first["shares"]) == {"text", "audio", "face"}
    assert last["tokens"] == []


@pytest.mark.parametrize("text", [NASTY, "很高兴", "رائع", "a\x00b"])
def test_any_transcript_comes_back_as_it_was(client, clip, text):
    assert ask(client, clip, text)["moments"][0]["text"] == text


def test_a_transcript_is_never_looked_up_as_a_file(client, clip, tmp_path, monkeypatch):
    monkeypatch.setattr(
        FakeVideo, "predict", lambda *_: pytest.fail("predict looks for files of the server")
    )
    name = tmp_path / "secret"
    name.write_text("Never said.", encoding="utf-8")
    assert ask(client, clip, str(name))["moments"][0]["text"] == str(name)


def test_sound_alone_and_files_of_any_kind_are_taken(client, tmp_path):
    for name in ("voice.m4a", "clip.avi"):
        assert ask(client, write_clip(tmp_path / name, seconds=0.5))["moments"]


def test_bad_input_is_one_sentence_and_the_next_clip_works(client, clip, tmp_path):
    (tmp_path / "text.mp4").write_bytes(b"this is no clip")
    for arguments, told in (
        ((handle_file(tmp_path / "text.mp4"),), "not a clip"),
        ((None,), "There is no clip yet"),
        ((handle_file(clip), BROKEN), "no times"),
        ((handle_file(clip), "x", []), "switch on at least one"),
    ):
        with pytest.raises(AppError, match=told):
            client.predict(*arguments, api_name="/video")
    assert ask(client, clip)["moments"]


def test_files_of_the_server_and_addresses_are_refused(address, clip):
    own = {"meta": {"_type": "gradio.FileData"}}
    for payload in (
        {"path": str(clip)},
        {"path": str(clip), **own},
        {"path": "/dev/zero", **own},
        {"path": "", "url": "http://127.0.0.1:1/clip.mp4", **own},
        {"path": "http://127.0.0.1:1/clip.mp4", **own},
        {"path": "http://127.0.0.1:1/clip.mp4", "url": "http://127.0.0.1:1/clip.mp4", **own},
    ):
        answer = post(address, "video", payload, None, ["text"])
        assert "event: error" in answer, payload
        assert "moments" not in answer
