"""The static site goes to a Space over HTTP: exactly its files, in one commit."""

import pytest

from mmsent import deploy
from mmsent.deploy import deploy_static, main
from mmsent.hub_upload import PushError, push
from tests.fake_hub import serving, use
from tests.site_case import site as built

pytestmark = pytest.mark.slow
SPACE, NAME = "me/faces", "spaces/me/faces"
FILES = {"index.html": b"page", "README.md": b"---\nsdk: static\n---\n", "files/x.bin": b"x"}


@pytest.fixture
def hub(tmp_path, monkeypatch):
    with serving() as hub:
        use(hub, monkeypatch, tmp_path / "home")
        yield hub


@pytest.fixture
def files(monkeypatch) -> dict[str, bytes]:
    """What is to be sent, in place of a site."""
    made = dict(FILES)
    monkeypatch.setattr(deploy, "make_site", lambda source: made)
    return made


def test_the_site_goes_up_in_one_commit_from_the_command_line(hub, capsys, monkeypatch):
    asked = []
    monkeypatch.setattr(deploy, "make_site", lambda source: asked.append(source) or built())
    assert main(["--static", SPACE, "--model", "face=me/face@v1"]) == 0
    assert asked == ["me/face@v1"]
    space = hub.repositories[NAME]
    assert space.head in capsys.readouterr().out
    assert len(space.commits) == 2  # the first is the Hub's own
    assert space.sdk == "static"
    assert space.hardware is None
    assert {name: space.files[name] for name in space.files if name != ".gitattributes"} == built()


def test_again_it_sends_only_what_differs(hub, files):
    first = deploy_static(SPACE)
    assert deploy_static(SPACE) == first
    del files["files/x.bin"]
    files["index.html"] = b"new"
    assert deploy_static(SPACE) != first
    space = hub.repositories[NAME]
    assert len(space.commits) == 3
    assert sorted(space.files) == [".gitattributes", "README.md", "index.html"]


def test_a_space_of_the_other_kind_is_left_alone(hub, files):
    push(SPACE, {"app.py": b"mine"}, "0", kind="space")
    before = hub.repositories[NAME].files
    with pytest.raises(
        PushError, match=r"“me/faces” is a Space of the kind gradio, not static; name another one\."
    ):
        deploy_static(SPACE)
    assert hub.repositories[NAME].files == before
    deploy_static("me/site")
    with pytest.raises(PushError, match="kind static, not gradio"):
        push("me/site", {"app.py": b"page"}, "0", kind="space")


def test_private_is_private(hub, files):
    main(["--static", SPACE, "--private"])
    assert hub.repositories[NAME].private


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--hardware", "t4-small"], "a static Space has no hardware"),
        (["--model", "review=me/mine"], "of the models only that of faces"),
        (["--model", "face=./nothing"], "There is no folder “./nothing”"),
    ],
)
def test_what_no_static_space_can_do_is_refused_before_anything_is_sent(hub, more, told, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["--static", SPACE, *more])
    assert told in capsys.readouterr().err
    assert hub.repositories == {}
