"""ONNX Runtime against PyTorch, the cache of exported nets, and calibration."""

import numpy as np
import pytest
import torch

import mmsent
from mmsent import runtime
from mmsent.calibrate import (
    abstention_threshold,
    expected_calibration_error,
    fit_temperature,
    probabilities,
)
from mmsent.models.face import FaceNet
from mmsent.runtime import TOLERANCE, OnnxNet, choose_device, make_runner, onnx_file


def test_a_device_that_can_t_be_had_is_one_sentence(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert (choose_device(), choose_device("cpu")) == ("cpu", "cpu")
    with pytest.raises(ValueError, match="there is no CUDA device “cuda” here"):
        mmsent.load("face", device="cuda")
    with pytest.raises(ValueError, match="unknown device 'banana'"):
        mmsent.load("review", device="banana")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert (choose_device(), choose_device("cuda:1")) == ("cuda", "cuda:1")


@pytest.fixture
def net():
    torch.manual_seed(0)
    return FaceNet("7x7/4").eval()


EXAMPLE = torch.full((2, 1, 32, 32), 60, dtype=torch.uint8)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MMSENT_CACHE", str(tmp_path))
    return tmp_path / "mmsent"


@pytest.mark.parametrize("count", [1, 2, 7])
def test_onnx_equals_torch(net, caplog, count):
    run = make_runner(net, EXAMPLE, "cpu")
    assert not caplog.records
    batch = np.random.default_rng(0).integers(0, 256, (count, 1, 32, 32), dtype=np.uint8)
    with torch.inference_mode():
        expected = net(torch.from_numpy(batch)).numpy()
    assert np.abs(run(batch)[0] - expected).max() <= TOLERANCE


def test_several_outputs_and_free_sides():
    class Two(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = torch.nn.Conv2d(3, 2, 3)

        def forward(self, x):
            y = self.conv(x)
            return y, y.relu()

    net = Two().eval()
    run = make_runner(net, torch.rand(2, 3, 16, 16), "cpu", free=(0, 2, 3))
    batch = torch.rand(1, 3, 9, 23)
    with torch.inference_mode():
        expected = net(batch)
    for ours, theirs in zip(run(batch.numpy()), expected, strict=True):
        assert ours.shape == (1, 2, 7, 21)
        assert np.abs(ours - theirs.numpy()).max() <= TOLERANCE


def test_exported_once_and_again_for_other_weights(net, cache, monkeypatch):
    make_runner(net, EXAMPLE, "cpu")
    (kept,) = cache.iterdir()
    monkeypatch.setattr(torch.onnx, "export", lambda *args, **kwargs: pytest.fail("exported twice"))
    make_runner(net, EXAMPLE, "cpu")
    monkeypatch.undo()
    monkeypatch.setenv("MMSENT_CACHE", str(cache.parent))
    with torch.no_grad():
        net.head[-1].bias.add_(1)
    make_runner(net, EXAMPLE, "cpu")
    assert len(list(cache.iterdir())) == 2
    assert kept in cache.iterdir()


def test_a_damaged_cache_file_is_made_again(net, cache, caplog):
    make_runner(net, EXAMPLE, "cpu")
    (kept,) = cache.iterdir()
    good = kept.read_bytes()
    kept.write_bytes(b"not onnx")
    make_runner(net, EXAMPLE, "cpu")
    assert kept.read_bytes() == good
    assert not caplog.records


def test_a_cache_that_cannot_be_written(net, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("MMSENT_CACHE", str(tmp_path / "file"))
    assert make_runner(net, EXAMPLE, "cpu")(EXAMPLE.numpy())[0].shape == (2, 7)


def test_a_net_whose_export_differs_runs_in_torch(net, monkeypatch, caplog):
    monkeypatch.setattr(runtime, "TOLERANCE", -1.0)
    run = make_runner(net, EXAMPLE, "cpu")
    assert "differ" in caplog.text
    assert run(EXAMPLE.numpy())[0].shape == (2, 7)


def test_temperature_is_recovered():
    random = np.random.default_rng(0)
    logits = random.normal(size=(20_000, 7)) * 2
    labels = np.array([random.choice(7, p=row) for row in probabilities(logits)])
    assert fit_temperature(logits * 3, labels) == pytest.approx(3, rel=0.05)
    assert expected_calibration_error(probabilities(logits), labels) < 0.015
    assert expected_calibration_error(probabilities(logits * 3), labels) > 0.1


def test_expected_calibration_error_by_hand():
    probs = np.array([[0.95, 0.05], [0.95, 0.05], [0.45, 0.55], [0.3, 0.7]])
    # bins of 1/15: both .95 together (one right: gap .45), .55 alone (right: .45), .7 alone (wrong:
    # .7)
    assert expected_calibration_error(probs, np.array([0, 1, 1, 0])) == pytest.approx(
        (2 * 0.45 + 0.45 + 0.7) / 4
    )


def test_abstention_threshold_leaves_out_the_least_sure():
    probs = np.stack([np.linspace(0.5, 1, 101), 1 - np.linspace(0.5, 1, 101)], axis=1)
    assert abstention_threshold(probs, share=0.2) == pytest.approx(0.6)


def test_probabilities_sum_to_one_for_any_logits():
    assert probabilities(np.array([[1e4, -1e4, 0]]), 0.1).sum() == pytest.approx(1)


def test_a_file_that_an_earlier_code_exported_is_made_again(caplog):
    class Scaled(torch.nn.Module):
        """``factor`` is neither in its weights nor in what it prints."""

        def __init__(self, factor):
            super().__init__()
            torch.manual_seed(0)
            self.factor, self.layer = factor, torch.nn.Linear(4, 2)

        def forward(self, x):
            return self.layer(x) * self.factor

    batch = torch.rand(2, 4)
    make_runner(Scaled(1.0), batch, "cpu")
    run, changed = make_runner(Scaled(3.0), batch, "cpu"), Scaled(3.0)
    with torch.inference_mode():
        assert np.allclose(run(batch.numpy())[0], changed(batch).numpy(), atol=TOLERANCE)
    assert not caplog.records, "ONNX Runtime runs it"
    (output,) = OnnxNet(onnx_file(changed, batch)).session.run(None, {"input": batch.numpy()})
    assert np.allclose(output, run(batch.numpy())[0])
