"""An answer that comes late changes nothing."""

from types import SimpleNamespace

from mmsent.ui.common.questions import Questions


def test_the_last_question_of_a_page_is_the_one_that_counts():
    questions, page, other = Questions(), *(SimpleNamespace(session_hash=name) for name in "ab")
    first, elsewhere = questions.begin(page), questions.begin(other)
    assert first()
    second = questions.begin(page)
    assert (first(), second(), elsewhere()) == (False, True, True)
    questions.leave(page)
    assert (second(), elsewhere()) == (False, True)
