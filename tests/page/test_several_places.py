"""Who waits for whom: a table of a page never for a request to an endpoint, which may be awaited by
nobody any more."""

from pathlib import Path

import pytest
from gradio_client import Client, handle_file

from mmsent.ui.several import fold
from tests.review_fake import FakeReview
from tests.served import launched


@pytest.mark.slow
def test_endpoints_have_a_place_of_their_own_and_less_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "a.csv"
    table.write_text("text\n" + "good\n" * 40)
    assert fold.MAX_WORK_API == 120
    monkeypatch.setattr(fold, "MAX_WORK_API", 1e-9)
    with launched("review", FakeReview(), tmp_path / "gradio") as demo:
        places = {function.name: function.concurrency_id for function in demo.fns.values()}
        answer = Client(demo.local_url, verbose=False).predict(
            [handle_file(table)], "jsonl", api_name="/review_table"
        )
    assert (places["make"], places["predict"]) == ("several", "several_api")
    assert (answer["total"], answer["done"]) == (40, 0)
    assert answer["told"] == "Stopped after 0 minutes. 0 of 40 rows are in the table."
