"""The answered example of the first screen: a part of the page, whatever the model does."""

from types import SimpleNamespace
from typing import Any

import pytest

from mmsent.labels import FACE_EMOTIONS
from mmsent.results import Scores
from mmsent.ui.common import assets
from mmsent.ui.face.example import EXAMPLE, NO_ANSWER, answered_view

HAPPY = Scores(
    FACE_EMOTIONS, tuple(0.88 if name == "happy" else 0.02 for name in FACE_EMOTIONS), False
)


def shown(answer: Any) -> tuple[str, list[Any]]:
    """The view's HTML and what was asked of a pipeline that gives ``answer``, or raises it."""
    asked: list[Any] = []

    def predict(source: Any) -> Any:
        asked.append(source)
        if isinstance(answer, Exception):
            raise answer
        return SimpleNamespace(faces=answer)

    return str(answered_view(SimpleNamespace(predict=predict)).value), asked  # type: ignore[arg-type]


def test_the_loaded_model_has_answered_it_before_anybody_comes():
    html, asked = shown([SimpleNamespace(box=(10, 20, 110, 140), emotions=HAPPY)])
    assert asked == [assets.EXAMPLES / EXAMPLE]
    assert "Happy (88 %)" in html
    assert "analysed by the model of this page" in html
    assert html.count("<li") == len(FACE_EMOTIONS)


@pytest.mark.parametrize("answer", [[], RuntimeError("no memory")])
def test_without_an_answer_the_picture_stands_and_nothing_is_claimed(answer):
    html, _ = shown(answer)
    assert NO_ANSWER in html
    assert "data:image/jpeg" in html
    assert "analysed" not in html
    assert 'class="spot"' not in html
