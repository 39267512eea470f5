"""The folder of the static site: written anew as often as one likes, and nothing else is touched."""

import json
from pathlib import Path

import pytest

from mmsent import site, site_folder
from mmsent.site_folder import MARKER, SiteError, write_site

FILES = {"modules/1/a.js": b"a", "files/x.bin": b"x", "index.html": b"page"}


def held(out: Path) -> dict[str, bytes]:
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file() and path.name != MARKER
    }


@pytest.mark.parametrize("before", ["missing", "empty"])
def test_a_new_or_empty_folder_gets_the_files(tmp_path: Path, before: str) -> None:
    out = tmp_path / "deep" / "site"
    if before == "empty":
        out.mkdir(parents=True)
    write_site(FILES, out)
    assert held(out) == FILES


def test_an_earlier_site_is_replaced_and_leaves_nothing(tmp_path: Path) -> None:
    write_site(FILES, tmp_path)
    later = {"modules/2/a.js": b"b", "index.html": b"new"}
    write_site(later, tmp_path)
    assert held(tmp_path) == later
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_dir()) == ["2", "modules"]
    write_site(later, tmp_path)
    assert held(tmp_path) == later


def test_a_site_that_broke_off_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_site(FILES, tmp_path)
    later = {"modules/2/a.js": b"b", "files/x.bin": b"y", "index.html": b"new"}
    write, written = site_folder._write, []

    def full(path: Path, content: bytes) -> None:
        if len(written) == 3:
            raise OSError(28, "No space left on device")
        written.append(path)
        write(path, content)

    monkeypatch.setattr(site_folder, "_write", full)
    with pytest.raises(SiteError, match=r"can't be written \(No space left on device\)\."):
        write_site(later, tmp_path)
    assert held(tmp_path) != FILES
    monkeypatch.setattr(site_folder, "_write", write)
    write_site(later, tmp_path)
    assert held(tmp_path) == later


def foreign(out: Path) -> None:
    (out / "thesis.txt").write_text("three years")


def beside(out: Path) -> None:
    write_site(FILES, out)
    (out / "modules/mine.js").write_text("mine")


def changed(out: Path) -> None:
    write_site(FILES, out)
    (out / "index.html").write_text("mine")


def damaged(out: Path) -> None:
    write_site(FILES, out)
    (out / MARKER).write_text("{}")


def leading_outside(out: Path) -> None:
    (out / MARKER).write_text(json.dumps({"files": {"../precious.txt": ["0"]}}))
    (out / "index.html").write_text("mine")


def linked(out: Path) -> None:
    """The folder of the modules lies elsewhere, with all that mmsent wrote in it."""
    write_site(FILES, out)
    elsewhere = (out / "modules").rename(out.parent / "elsewhere")
    (out / "modules").symlink_to(elsewhere)


def test_nothing_is_deleted_behind_a_link(tmp_path: Path) -> None:
    out = tmp_path / "out"
    linked(out)
    before = held(tmp_path / "elsewhere")
    assert before
    with pytest.raises(SiteError, match=r"modules in .* is a link; remove it"):
        write_site({"index.html": b"new"}, out)
    assert held(tmp_path / "elsewhere") == before


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (foreign, "holds something else, such as thesis.txt; name another folder."),
        (beside, "holds something else, such as modules/mine.js; name another folder."),
        (changed, "index.html in {} was changed since mmsent wrote it; move it, or name another"),
        (damaged, "holds something else, such as files/x.bin; name another folder."),
        (leading_outside, "holds something else, such as index.html; name another folder."),
    ],
)
def test_what_the_program_did_not_make_is_left_alone(tmp_path: Path, make, told: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    make(out)
    before = held(out)
    with pytest.raises(SiteError) as problem:
        write_site({"index.html": b"new"}, out)
    assert told.format(out) in str(problem.value)
    assert held(out) == before


def test_a_file_is_no_folder_and_no_model_is_loaded_for_it(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "make_site", lambda source: pytest.fail("a model was loaded"))
    path = tmp_path / "notes"
    path.write_text("mine")
    with pytest.raises(SystemExit, match="2"):
        site.main([str(path)])
    assert f"{path} is a file; name a folder." in capsys.readouterr().err


def test_the_command_says_how_much_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(site, "make_site", lambda source: asked.append(source) or FILES)
    assert site.main([str(tmp_path / "out"), "--face", "me/face@v1"]) == 0
    assert asked == ["me/face@v1"]
    assert "3 files, 0.0 MB" in capsys.readouterr().out
    monkeypatch.setattr(site, "MANY", 3)
    site.main([str(tmp_path / "out")])
    assert "holds no smaller net" in capsys.readouterr().out


def test_a_checkpoint_that_is_missing_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    with pytest.raises(SystemExit, match="2"):
        site.main([str(tmp_path / "out"), "--face", str(tmp_path / "nothing")])
    assert "There is no folder" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
