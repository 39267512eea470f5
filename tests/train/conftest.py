"""What tests of the training scripts share."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A Hub of the test's own."""
    from tests.fake_hub import serving, use

    with serving() as fake:
        use(fake, monkeypatch, tmp_path / "home")
        yield fake


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made-up corpora of texts and pictures."""
    from tests.toy_corpora import write_corpora

    return write_corpora(tmp_path_factory.mktemp("corpora"))
