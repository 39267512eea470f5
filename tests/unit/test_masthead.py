"""The first screen's promises: an entry's example is there, and so is the way to it where a tab is
still empty."""

import pytest

from mmsent.ui.masthead import ENTRIES, masthead_html
from mmsent.ui.meme import tab as meme_tab
from mmsent.ui.meme.view import EMPTY as NO_MEME
from mmsent.ui.review import tab as review_tab
from mmsent.ui.review.view import EMPTY as NO_REVIEW
from mmsent.ui.video import parts
from mmsent.ui.video.view import EMPTY as NO_CLIP

KEYS = {
    "live": {""},  # its tab shows one by itself
    "review": {example.key for example in review_tab.EXAMPLES},
    "meme": {example.key for example in meme_tab.EXAMPLES},
    "clip": {parts.EXAMPLE_KEY},
}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.tab)
def test_an_entry_leads_to_an_example_that_is_there(entry):
    assert entry.example in KEYS[entry.tab]
    address = f"?tab={entry.tab}" + (f"&amp;example={entry.example}" if entry.example else "")
    assert f'href="{address}"' in masthead_html()


@pytest.mark.parametrize("empty", [NO_REVIEW, NO_MEME, NO_CLIP])
def test_an_empty_answer_names_the_examples(empty):
    assert "try the example" in empty or "try an example" in empty
