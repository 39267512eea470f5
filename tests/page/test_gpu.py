"""How the page uses a GPU: what ZeroGPU's own package makes of it, and half precision beside full
precision."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import mmsent
from mmsent import runtime
from mmsent.media import MediaError
from mmsent.models.face import FaceNet
from mmsent.pipelines.encoders import TextFeatures
from mmsent.pipelines.review import ReviewPipeline
from mmsent.results import Scores
from mmsent.tasks import TASKS
from mmsent.ui.server import gpu
from mmsent.ui.tabs import TABS
from tests.unit.test_gpu_runner import NETS

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES, SHIPPED = ROOT / "mmsent/ui/examples", ROOT / "checkpoints"
TOLERANCE = 0.02  # of a probability, between half and full precision

ON_ZERO_GPU = """
from mmsent.ui.server import gpu
import torch
assert torch.cuda.is_available()  # so it says, though there is none until a call borrows one
face, review = gpu.load("face"), gpu.load("review")
assert face.device == "cpu"
assert face._run.__qualname__.startswith("_onnx_runner"), face._run  # not PyTorch, which is several times slower
assert review.device == next(review.net.parameters()).device.type == "cuda"
lent = gpu.on_gpu("review", review.predict)
assert lent is not review.predict and lent.__name__ == "predict"
from spaces.zero.decorator import decorated_cache
assert len(decorated_cache) == 2  # the function and what became of it
"""


def test_elsewhere_nothing_changes(review_checkpoint):
    predict = ReviewPipeline(review_checkpoint, "cpu").predict
    assert gpu.on_gpu("review", predict) == predict


@pytest.mark.slow
def test_the_page_loads_under_zerogpus_own_package(face_checkpoint, review_checkpoint, tmp_path):
    settings = {
        "SPACES_ZERO_GPU": "true",
        "SPACES_ZERO_DEVICE_API_URL": "http://127.0.0.1:9",
        "HOME": str(tmp_path),
        "MMSENT_CACHE": str(tmp_path),  # no net has been exported before
        "MMSENT_FACE": str(face_checkpoint),
        "MMSENT_REVIEW": str(review_checkpoint),
    }
    command = [sys.executable, "-c", ON_ZERO_GPU]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | settings, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr


def test_what_is_wrong_with_an_input_reaches_the_visitor(monkeypatch):
    """``spaces`` hands on no exception but its own; what it does to a function is a stand-in here,
    for it needs its GPU."""

    class Spaces:
        @staticmethod
        def GPU(duration):  # noqa: N802
            assert duration == TABS["meme"].gpu_seconds

            def decorate(function):
                def elsewhere(*arguments):
                    try:
                        return function(*arguments)
                    except Exception as error:
                        raise RuntimeError("ZeroGPU worker error") from error

                return elsewhere

            return decorate

    def predict(text):
        if not text:
            raise MediaError("There is nothing to read.")
        return text.upper()

    monkeypatch.setattr(gpu, "ZERO_GPU", True)
    monkeypatch.setattr(gpu, "spaces", Spaces, raising=False)
    lent = gpu.on_gpu("meme", predict)
    assert lent("good") == "GOOD"
    with pytest.raises(MediaError, match="nothing to read"):
        lent("")


def softmax(logits: np.ndarray) -> np.ndarray:
    return torch.from_numpy(logits).softmax(dim=-1).numpy()


@pytest.mark.slow
def test_half_precision_changes_no_probability_by_much():
    """The arithmetic of the GPU path, here on the CPU and on the shape of net that ships."""
    torch.manual_seed(0)
    net = FaceNet(stem="3x3/2").eval()
    batch = torch.randint(256, (8, 1, 48, 48), dtype=torch.uint8)
    with torch.inference_mode():
        full = net(batch)
        half = net.half()(batch)
    assert half.dtype == torch.float16
    assert np.abs(softmax(full.numpy()) - softmax(half.float().numpy())).max() < TOLERANCE


def answers(task: str, pipeline: Any) -> list[Scores]:
    """What a pipeline says of an example of its own."""
    if task == "face":
        return [face.emotions for face in pipeline.predict(EXAMPLES / "astronaut.jpg").faces]
    if task == "review":
        text = "The strap broke after a day."
        return [pipeline.predict(text, EXAMPLES / "coffee.jpg").sentiment]
    if task == "meme":
        return list(
            pipeline.predict(EXAMPLES / "meme_cat.jpg", "They promised tuna").aspects.values()
        )
    clip = pipeline.predict(EXAMPLES / "made_clip.mp4", "You did it! I hate this.")
    return [clip.emotion, clip.sentiment, *(moment.emotion for moment in clip.moments)]


def places(pipeline: Any) -> set[str]:
    """Where the weights of its own nets are, of a clip's the voice's too."""
    nets = [getattr(pipeline, "nets", pipeline).net]
    nets += [pipeline.speech.net] if getattr(pipeline, "speech", None) else []
    return {parameter.device.type for net in nets for parameter in net.parameters()}


def seconds(task: str, pipeline: Any, rounds: int) -> float:
    """An answer takes, after one that is not counted."""
    answers(task, pipeline)
    begun = time.perf_counter()
    for _ in range(rounds):
        answers(task, pipeline)
    return (time.perf_counter() - begun) / rounds


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_every_example_has_an_answer(task: str) -> None:
    """On the CPU, so that what is asked of a GPU below is known to be right."""
    pipeline = mmsent.load(task, SHIPPED / task, "cpu")
    assert places(pipeline) == {"cpu"}
    found = answers(task, pipeline)
    assert found
    assert all(sum(scores.probs) == pytest.approx(1) for scores in found)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
class TestOnCuda:
    @pytest.mark.parametrize("task", TASKS)
    def test_what_ships_answers_alike_there(
        self, task: str, record_property: Callable[[str, float], None]
    ) -> None:
        """Weights on the GPU, probabilities like the CPU's, and how long an answer takes on both,
        which goes into the report."""
        cpu, cuda = (mmsent.load(task, SHIPPED / task, device) for device in ("cpu", "cuda"))
        # the face net is asked through a runner, whose copy is there
        assert places(cuda) == {"cpu" if task == "face" else "cuda"}
        one, other = answers(task, cpu), answers(task, cuda)
        assert len(one) == len(other) > 0
        gap = max(
            np.abs(np.subtract(a.probs, b.probs)).max() for a, b in zip(one, other, strict=True)
        )
        rounds = 2 if task == "video" else 20
        times = {
            name: seconds(task, pipeline, rounds)
            for name, pipeline in (("cpu", cpu), ("cuda", cuda))
        }
        for name, took in times.items():
            record_property(f"{task} on {name}, ms", 1000 * took)
        print(
            f"{task}: gap {gap:.4f}, "
            + ", ".join(f"{name} {1000 * took:.1f} ms" for name, took in times.items())
        )
        assert gap < TOLERANCE

    def test_the_weights_move_once_and_the_answers_stay(self):
        torch.manual_seed(0)
        net = FaceNet(stem="3x3/2")
        example = torch.randint(256, (8, 1, 48, 48), dtype=torch.uint8)
        full = runtime.make_runner(net, example, "cpu")(example.numpy())[0]
        run = runtime.make_runner(net, example, "cuda")
        held = torch.cuda.memory_allocated()
        assert held > 0
        half = run(example.numpy())[0]
        assert torch.cuda.memory_allocated() == held, "nothing is moved again"
        assert np.abs(softmax(full) - softmax(half)).max() < TOLERANCE

    def test_every_net_is_trusted_in_half_precision(self, caplog):
        """Its outputs are the CPU's, or the log would say that another precision was taken."""
        for name, make in NETS.items():
            net, batch = make()
            runtime.make_runner(net.eval(), batch, "cuda")
            assert not caplog.messages, name

    def test_a_review_reads_the_same(self, review_checkpoint):
        text = "the strap is broken after a day"
        cpu, cuda = (
            ReviewPipeline(review_checkpoint, device).predict(text) for device in ("cpu", "cuda")
        )
        assert np.allclose(cpu.sentiment.probs, cuda.sentiment.probs, atol=TOLERANCE)

    def test_texts_are_encoded_alike(self, review_checkpoint):
        folder = review_checkpoint.parent / "text"
        cpu, cuda = (
            TextFeatures(folder, device)(["a good bag"])[0].states for device in ("cpu", "cuda")
        )
        assert np.allclose(cpu, cuda, atol=0.05)
