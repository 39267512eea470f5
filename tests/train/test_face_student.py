"""A student: how it starts, and what it is to learn."""

import pytest
import torch

from mmsent.models.backbone import blocks
from mmsent.models.face import FaceNet
from train.face.data import Fer
from train.face.presets import STUDENT
from train.face.student import distillation_loss, prune, row_weights


@pytest.fixture
def nets() -> tuple[FaceNet, FaceNet, torch.Tensor]:
    """A teacher of which half of the channels inside the blocks do nothing, a student with room for
    the others, and pictures."""
    torch.manual_seed(0)
    teacher = FaceNet("3x3/2").eval()
    for block in blocks(teacher):
        torch.nn.init.uniform_(block.bn1.bias)
        block.conv2.weight.data[:, ::2] = 0
    inner = [block.conv1.out_channels // 2 for block in blocks(teacher)]
    return teacher, FaceNet("3x3/2", inner=inner).eval(), torch.randint(256, (8, 1, 24, 24))


def test_a_pruned_net_keeps_the_channels_that_count(nets):
    teacher, student, pixels = nets
    prune(teacher, student, pixels)
    with torch.inference_mode():
        expected, found = teacher(pixels), student(pixels)
    assert torch.allclose(found, expected, atol=1e-4)
    assert expected.std() > 1e-3
    halves = [sum(value.numel() for value in net.parameters()) for net in (student, teacher)]
    assert halves[0] < 0.6 * halves[1]


def test_a_student_that_answers_as_its_teacher_has_only_the_loss_of_the_labels():
    recipe = STUDENT
    embedding = torch.randn(4, 519)
    view = {
        "features": embedding[:, :512],
        "logits": embedding[:, 512:],
        "targets": torch.eye(7)[:4],
        "weights": torch.ones(4),
    }
    least = recipe.label_weight * torch.nn.functional.cross_entropy(view["logits"], view["targets"])
    assert torch.isclose(distillation_loss(embedding, view, recipe), least)
    for wrong in (embedding[:, :512] + 1, embedding[:, :512] * 2):
        other = torch.cat([wrong, embedding[:, 512:]], dim=1)
        assert distillation_loss(other, view, recipe) > least + 0.1


def test_rare_labels_count_more_in_a_students_loss():
    labels = torch.tensor([0, 0, 0, 0, 3])
    fer = Fer(torch.zeros(5, 1, 4, 4), labels, torch.zeros(5, 7), labels)
    assert row_weights(fer, 0.0).tolist() == [1, 1, 1, 1, 1]
    halfway = row_weights(fer, 0.5)
    assert torch.isclose(halfway.mean(), torch.tensor(1.0))
    assert torch.isclose(halfway[4], 2 * halfway[0])
