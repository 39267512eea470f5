"""What becomes of a net whose answers on a GPU are not the CPU's. The CPU stands in for the GPU."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from transformers import WhisperConfig
from transformers.models.whisper.modeling_whisper import WhisperEncoder

from mmsent import gpu_runner
from mmsent.gpu_runner import GPU_TOLERANCE
from mmsent.models.face import FaceNet
from mmsent.models.image import ImageEncoder
from mmsent.models.motion import MotionEncoder
from mmsent.models.speech import VoiceStates
from mmsent.models.text import TextEncoder
from mmsent.runtime import make_runner
from tests.small_models import BERT

NO_GPU = "cuda:99"  # on no machine


class Scaled(nn.Module):
    """A linear layer whose output is multiplied by ``wrong`` in half precision."""

    def __init__(self, wrong: float = 1.0) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.wrong, self.layer = wrong, nn.Linear(8, 4)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        y = self.layer(x)
        return y, y * (self.wrong if y.dtype == torch.float16 else 1.0)


@pytest.fixture
def example() -> Tensor:
    return torch.randn(3, 8, generator=torch.Generator().manual_seed(1))


def pixels(channels: int) -> Tensor:
    return torch.randint(256, (2, channels, 32, 32), dtype=torch.uint8)


MEAN, STD = (0.5, 0.4, 0.3), (0.2, 0.3, 0.2)
CLIP = {"hidden_size": 16, "intermediate_size": 16, "projection_dim": 8, "num_hidden_layers": 1}
CLIP |= {"num_attention_heads": 2, "image_size": 32, "patch_size": 16}
WHISPER = {"d_model": 16, "encoder_layers": 2, "encoder_attention_heads": 2, "encoder_ffn_dim": 32}
# every kind of net that goes through make_runner, small, and a batch for each
NETS: dict[str, Callable[[], tuple[nn.Module, Tensor]]] = {
    "face": lambda: (FaceNet("3x3/2"), pixels(1)),
    "text": lambda: (TextEncoder(BERT | {"vocab_size": 40}, "cls"), torch.randint(1, 40, (2, 6))),
    "clip": lambda: (ImageEncoder({"clip": CLIP, "projected": True}, MEAN, STD), pixels(3)),
    "timm": lambda: (ImageEncoder({"timm": "resnet10t"}, MEAN, STD), pixels(3)),
    "motion": lambda: (
        MotionEncoder({"torchvision": "r3d_18"}, MEAN, STD),
        torch.randint(256, (2, 2, 16, 16, 3), dtype=torch.uint8),
    ),
    "voice": lambda: (
        VoiceStates(WhisperEncoder(WhisperConfig(**WHISPER))),
        torch.randn(2, 40, 80),
    ),
}


@pytest.mark.parametrize("kind", NETS)
def test_every_net_runs_in_half_precision(kind, caplog):
    torch.manual_seed(0)
    net, batch = NETS[kind]()
    run = gpu_runner.gpu_runner(net.eval(), batch, "cpu")
    assert run
    assert not caplog.messages


def answers(net: nn.Module, batch: Tensor) -> list[np.ndarray]:
    with torch.inference_mode():
        return [output.numpy() for output in net(batch)]


def test_a_copy_is_halved_and_the_answers_stay(example, caplog):
    net = Scaled().eval()
    expected = answers(net, example)
    run = gpu_runner.gpu_runner(net, example, "cpu")
    assert net.layer.weight.dtype == torch.float32, "others export or train it"
    found = run(example.numpy())
    assert not caplog.records
    assert found[0].dtype == np.float32
    for one, other in zip(found, expected, strict=True):
        assert 0 < np.abs(one - other).max() <= GPU_TOLERANCE * np.abs(other).max()
    assert all(map(np.array_equal, answers(net, example), expected))


@pytest.mark.parametrize("wrong", [1.1, float("nan")])
def test_a_net_that_is_wrong_in_half_precision_runs_in_full(example, caplog, wrong):
    net = Scaled(wrong).eval()
    expected = answers(net, example)
    run = gpu_runner.gpu_runner(net, example, "cpu")
    for one, other in zip(run(example.numpy()), expected, strict=True):
        assert np.abs(one - other).max() < 1e-6
    (told,) = caplog.messages
    assert told.startswith("Scaled is not run in half precision on cpu: its outputs differ")


def test_a_gpu_that_fails_leaves_the_work_to_the_cpu(example, caplog, tmp_path, monkeypatch):
    monkeypatch.setenv("MMSENT_CACHE", str(tmp_path))
    net = Scaled().eval()
    expected = answers(net, example)
    run = make_runner(net, example, NO_GPU)
    for one, other in zip(run(example.numpy()), expected, strict=True):
        assert np.abs(one - other).max() < 1e-3
    half, full, last = caplog.messages
    assert half.startswith(f"Scaled is not run in half precision on {NO_GPU}: ")
    assert full.startswith(f"Scaled is not run in full precision on {NO_GPU}: ")
    assert last == "Scaled runs on the CPU"


def test_a_gpu_that_is_wrong_in_both_leaves_the_work_to_the_cpu(example, caplog, monkeypatch):
    monkeypatch.setattr(gpu_runner, "GPU_TOLERANCE", -1.0)
    assert gpu_runner.gpu_runner(Scaled().eval(), example, "cpu") is None
    assert len(caplog.messages) == 2


def test_a_copy_shares_no_weight_and_asks_no_tensor_for_its_copy(monkeypatch):
    """ZeroGPU's package goes through all that was copied so far each time a tensor is asked."""

    def asked(*_: object) -> None:
        raise AssertionError("a tensor was asked")

    net, _ = NETS["face"]()
    monkeypatch.setattr(torch.Tensor, "__deepcopy__", asked)
    monkeypatch.setattr(nn.Parameter, "__deepcopy__", asked)
    copy = gpu_runner._copied(net)
    before, after = net.state_dict(), copy.state_dict()
    assert before.keys() == after.keys()
    for name, value in before.items():
        assert torch.equal(value, after[name])
        assert value.data_ptr() != after[name].data_ptr()
    assert [type(weight) for weight in copy.parameters()] == [nn.Parameter] * len(
        list(net.parameters())
    )
