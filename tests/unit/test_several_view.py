"""What the page shows of a table: the same answers, be it CSV or JSON lines."""

import re
from typing import Any

import pytest

from mmsent.batch import named_records
from mmsent.inputs import Row
from mmsent.labels import FACE_EMOTIONS
from mmsent.results import Face, FaceResult, MemeResult, Scores
from mmsent.rows import face as face_rows
from mmsent.rows import meme as meme_rows
from mmsent.ui.several.view import scored_html
from mmsent.ui.several.work import Scored
from tests.meme_fake import meme

ROW = Row("a.png")
HAPPY = Scores(
    FACE_EMOTIONS, tuple(0.7 if name == "happy" else 0.05 for name in FACE_EMOTIONS), False
)


def shown(records: list[dict[str, Any]]) -> list[str]:
    """The answers on the page, a cell a record."""
    scored = Scored(1)
    scored.add(named_records(ROW, records))
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", scored_html(scored, []))
    return [
        re.findall(r"<td>(.*?)</td>", row)[-2].replace("\N{NO-BREAK SPACE}", " ") for row in rows
    ]


def as_csv(result: MemeResult) -> list[str]:
    return shown(meme_rows.records(ROW, result))


def test_harm_comes_first_in_both_kinds_of_table() -> None:
    result = meme("so good")
    (answer,) = shown([result.to_dict()])
    assert answer.startswith("harmful: not harmful 60 %, sentiment: negative 60 %")
    assert [answer] == as_csv(result)


def test_a_checkpoint_of_harm_alone() -> None:
    whole = meme("so good")
    result = meme("so good", aspects={"harmful": whole.aspects["harmful"]}, words={})
    assert shown([result.to_dict()]) == as_csv(result) == ["not harmful 60 %"]


@pytest.mark.parametrize(("count", "told"), [(0, "no face"), (1, "happy 70 %")])
def test_faces_in_both_kinds_of_table(count: int, told: str) -> None:
    result = FaceResult((Face((1, 2, 30, 40), 0.99, None, HAPPY),) * count, (60, 50))
    assert shown([result.to_dict()]) == shown(face_rows.records(ROW, result)) == [told]


def test_what_has_no_verdict_and_no_faces_is_not_called_faceless() -> None:
    assert shown([{"text": "good", "notes": []}]) == [""]
