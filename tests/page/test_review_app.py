"""The review tab over HTTP, in front of a pipeline that needs no checkpoint."""

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from tests.review_fake import LIMIT, NASTY, FakeReview, as_json, review
from tests.served import post, serving
from tests.visitor import Visitor


@pytest.fixture(scope="module")
def client(review_page: str) -> Client:
    return Client(review_page, verbose=False)


def test_the_endpoint_is_documented(client):
    endpoint = client.view_api(return_format="dict")["named_endpoints"]["/review"]
    text, image = endpoint["parameters"]
    assert (text["parameter_name"], image["parameter_name"]) == ("text", "image")
    assert image["parameter_has_default"]
    assert "sentiment" in endpoint["description"]


def test_the_endpoint_answers_with_the_result(client, grey_photo):
    assert client.predict("an awful soup", api_name="/review") == as_json(review("an awful soup"))
    both = client.predict("an awful soup", handle_file(grey_photo), api_name="/review")
    assert both == as_json(review("an awful soup", photo=True))
    assert client.predict("", handle_file(grey_photo), api_name="/review") == as_json(
        review(photo=True)
    )


@pytest.mark.parametrize("text", [NASTY, "很难吃，再也不来了", "رائع", "a\x00b", "x" * 2000])
def test_any_text_comes_back_as_it_was(client, text):
    assert client.predict(text, api_name="/review")["text"] == text


def test_bad_input_is_one_sentence(client, tmp_path):
    (tmp_path / "text.jpg").write_bytes(b"this is no picture")
    for arguments, told in (
        (("",), "write a review"),
        (("x" * 100_000,), f"at most {LIMIT:,}"),
        (("fine", handle_file(tmp_path / "text.jpg")), "not a picture"),
    ):
        with pytest.raises(AppError, match=told):
            client.predict(*arguments, api_name="/review")


def test_half_an_emoji_is_answered(review_page):
    assert "event: complete" in post(review_page, "review", "half \ud83d", None)


def test_files_of_the_server_are_refused(review_page, grey_photo):
    assert "Please upload the picture itself." in post(
        review_page, "review", "fine", {"path": str(grey_photo)}
    )


def test_reasons_that_take_long_have_to_be_asked_for(tmp_path):
    with serving("review", FakeReview(seconds=6.4), tmp_path) as address, Visitor(address) as page:
        verdict, evidence, note, ask, cancel = page.press(
            "review-run", "click", "an awful soup", None
        )
        told = page.ask("review", "an awful soup", None)
    assert "Negative" in str(verdict)
    assert evidence == ""
    assert "takes a while" not in str(verdict)
    assert "take a while" in note
    assert (ask["value"], ask["visible"]) == ("Explain (about 6 s)", True)
    assert cancel["visible"] == "hidden"
    assert told == as_json(review("an awful soup")), "the endpoint always gives its reasons"
