"""Checkpoints: saved, found, and refused by name when something is wrong."""

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from mmsent import hub
from mmsent.hub import (
    CheckpointError,
    build_net,
    find,
    load_weights,
    read_config,
    read_metrics,
    save_checkpoint,
    save_metrics,
    sha256,
)
from mmsent.version import __version__


@pytest.fixture
def folder(tmp_path):
    torch.manual_seed(0)
    save_checkpoint(tmp_path / "toy", nn.Linear(3, 2), {"task": "toy", "labels": ["a", "b"]})
    return tmp_path / "toy"


def test_round_trip_in_half_precision(folder):
    torch.manual_seed(0)
    net, again = nn.Linear(3, 2), nn.Linear(3, 2)
    load_weights(again, folder)
    assert torch.equal(again.weight, net.weight.half().float())
    assert read_config(folder, "toy") == {
        "format": hub.FORMAT,
        "mmsent_version": __version__,
        "task": "toy",
        "labels": ["a", "b"],
    }
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors"]


def test_wrong_task_newer_format_and_damage_are_refused(folder):
    with pytest.raises(CheckpointError, match="for “toy”, not for “face”"):
        read_config(folder, "face")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"format": 99}))
    with pytest.raises(CheckpointError, match="newer mmsent"):
        read_config(folder, "toy")
    (folder / "config.json").write_text("{")
    with pytest.raises(CheckpointError, match="damaged"):
        read_config(folder, "toy")
    (folder / "config.json").unlink()
    with pytest.raises(CheckpointError, match="holds no config"):
        read_config(folder, "toy")


def test_weights_must_fit_to_the_letter(folder):
    with pytest.raises(CheckpointError, match="does not fit"):
        load_weights(nn.Linear(4, 2), folder)
    with pytest.raises(CheckpointError, match="does not fit"):
        load_weights(nn.Sequential(nn.Linear(3, 2)), folder)  # same shapes, other names
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[:-5])
    with pytest.raises(CheckpointError, match="damaged"):
        load_weights(nn.Linear(3, 2), folder)
    (folder / "model.safetensors").unlink()
    with pytest.raises(CheckpointError, match="holds no model"):
        load_weights(nn.Linear(3, 2), folder)


def test_a_net_is_built_only_where_it_fits(folder):
    net = build_net(folder, lambda: nn.Linear(3, 2))
    torch.manual_seed(0)
    assert torch.equal(net.weight, nn.Linear(3, 2).weight.half().float())
    for make, told in (
        (lambda: nn.Linear(4, 2), "does not fit its config, for example at weight"),
        # 4 EB, of which nothing is made
        (lambda: nn.Linear(10**9, 10**9), "does not fit its config"),
        (lambda: nn.Linear(-1, 2), "describes a net that can't be built"),
        (lambda: {}["layers"], "describes a net that can't be built"),
    ):
        with pytest.raises(CheckpointError, match=told) as caught:
            build_net(folder, make)
        assert "\n" not in str(caught.value)
    (folder / "model.safetensors").write_bytes(b"\xff" * 100)
    with pytest.raises(CheckpointError, match="damaged"):
        build_net(folder, lambda: nn.Linear(3, 2))


def test_figures_belong_to_the_weights_they_name(folder, caplog):
    weights = sha256(folder / "model.safetensors")
    assert read_metrics(folder, weights) is None
    assert save_metrics(folder, {"test": {"n": 3}}) == {"sha256": weights, "test": {"n": 3}}
    assert read_metrics(folder, weights) == {"sha256": weights, "test": {"n": 3}}
    assert read_metrics(folder, "0" * 64) is None
    assert "does not name the weights beside it" in caplog.text
    # as long as nobody says so, they belong to nothing
    (folder / "metrics.json").write_text('{"test": {"n": 3}}')
    assert read_metrics(folder, weights) is None
    for damaged in ("[1, 2", '"nonsense"', '{"n": NaN}', "[" * 100_000):
        (folder / "metrics.json").write_text(damaged)
        with pytest.raises(CheckpointError, match="damaged; fetch it again"):
            read_metrics(folder, weights)


def test_new_weights_end_the_figures_of_the_old_ones(folder):
    save_metrics(folder, {"test": {"n": 3}})
    save_checkpoint(folder, nn.Linear(3, 2), {"task": "toy"})
    assert not (folder / "metrics.json").exists()


def test_where_a_checkpoint_is_looked_for(folder, monkeypatch, tmp_path):
    monkeypatch.setattr(hub, "ROOT", tmp_path)
    assert find("toy") == tmp_path / "toy"
    monkeypatch.setenv("MMSENT_TOY", str(tmp_path))
    assert find("toy") == tmp_path
    assert find("toy", folder) == folder
    with pytest.raises(CheckpointError, match="train one"):
        find("other")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("no such folder!", "is neither a folder nor a name like owner/name@revision"),
        ("/no/such/folder", "There is no folder “/no/such/folder”; please check the path"),
        ("./nothing", "There is no folder “./nothing”"),
        ("~/nothing/here", "There is no folder “~/nothing/here”"),
        (Path("nothing"), "There is no folder “nothing”"),
        ("/" + "a" * 5000, "There is no folder"),
        ("a\0b", "is neither a folder nor"),
        ("{folder}/config.json", "is a file; please name the folder that it lies in"),
        (
            "owner/name",
            "There is no folder “owner/name” here; if it is a model's name: the Hub can't be "
            "reached",
        ),
        (5, "named by its folder or owner/name@revision, not by int"),
    ],
)
def test_what_is_no_checkpoint_is_told_as_what_it_is(folder, monkeypatch, source, told):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(CheckpointError, match=told) as caught:
        find("toy", source.format(folder=folder) if isinstance(source, str) else source)
    assert "\n" not in str(caught.value)


def test_a_home_folder_is_found(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder.parent))
    assert find("toy", "~/toy") == folder


def test_a_hub_out_of_reach_is_said_in_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(CheckpointError, match=r"can't be reached.*cache\.$"):
        find("toy", "owner/name@main")
