"""Heads whose encoders lie in their own folder, the encoders of the reference, and the registry of
nets."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from torch.nn.functional import normalize
from transformers import BertConfig, BertModel, CLIPVisionConfig, CLIPVisionModelWithProjection

import mmsent
from mmsent.hub import CheckpointError
from mmsent.models.image import ImageEncoder
from mmsent.models.text import TextEncoder, TextNet
from tests.small_models import BERT, write_review

SHAPE = {**BERT, "vocab_size": 40}
VISION = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "image_size": 16,
    "patch_size": 8,
    "projection_dim": 6,
}


@pytest.fixture
def review(tmp_path) -> Path:
    """A review checkpoint with both encoders in its own folder, and nothing beside it."""
    made = write_review(tmp_path / "made")
    head = Path(shutil.copytree(made, tmp_path / "alone" / "review"))
    for name in ("text", "image"):
        shutil.copytree(made.parent / name, head / "encoders" / name)
    return head


@pytest.mark.parametrize("pool", ["mean", "sentence", "cls"])
def test_the_vector_of_a_text_is_the_one_that_its_pool_names(pool):
    torch.manual_seed(0)
    encoder = TextEncoder(SHAPE, pool).eval()
    bert = BertModel(BertConfig(**SHAPE)).eval()
    bert.load_state_dict(encoder.net.state_dict(), strict=pool == "cls")
    ids, mask = torch.tensor([[2, 7, 9, 3]]), torch.ones(1, 4)
    output = bert(input_ids=ids, attention_mask=mask)
    mean = output.last_hidden_state.mean(dim=1)
    wanted = {"mean": mean, "sentence": normalize(mean), "cls": output.pooler_output}[pool]
    padded = torch.tensor([[2, 7, 9, 3, 0, 0]])
    states, vector = encoder(padded)
    torch.testing.assert_close(vector, wanted)
    torch.testing.assert_close(states[:, :4], output.last_hidden_state)


def test_an_encoder_without_tasks_has_no_head():
    assert not any(name.startswith("heads") for name in TextNet(SHAPE, {}).state_dict())


def test_projected_patches_go_where_the_whole_picture_goes():
    torch.manual_seed(0)
    encoder = ImageEncoder({"clip": VISION, "projected": True}, [0.5] * 3, [0.5] * 3).eval()
    clip = CLIPVisionModelWithProjection(CLIPVisionConfig(**VISION)).eval()
    clip.load_state_dict(encoder.net.state_dict())
    pixels = torch.randint(256, (2, 3, 16, 16))
    patches, pooled = encoder(pixels)
    output = clip(pixel_values=pixels / 127.5 - 1)
    torch.testing.assert_close(pooled, output.image_embeds)
    assert (encoder.width, patches.shape) == (6, (2, 4, 6))
    states = clip.vision_model.post_layernorm(output.last_hidden_state)
    torch.testing.assert_close(patches, clip.visual_projection(states)[:, 1:])


def test_encoders_inside_are_taken_before_those_beside(review):
    answer = mmsent.load("review", review, "cpu").predict("a good bag")
    # others beside it, which the head would refuse
    for name in ("text", "image"):
        shutil.copytree(review / "encoders" / name, review.parent / name)
        (review.parent / name / "model.safetensors").write_bytes(b"others")
    again = mmsent.load("review", review, "cpu").predict("a good bag")
    assert again.to_dict() == answer.to_dict()


def test_a_half_fetched_encoder_is_one_sentence(review):
    (review / "encoders" / "image" / "model.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"image holds no model.safetensors; fetch"):
        mmsent.load("review", review, "cpu")


def test_an_encoder_of_another_width_is_one_sentence(review):
    config = json.loads((review / "config.json").read_text())
    config["architecture"]["image_width"] = 13
    (review / "config.json").write_text(json.dumps(config))
    with pytest.raises(
        CheckpointError, match="reads 13 numbers of the encoder “image”, which gives 12"
    ):
        mmsent.load("review", review, "cpu")


def test_an_unknown_net_is_one_sentence_that_names_the_known_ones(review):
    config = json.loads((review / "config.json").read_text())
    config["architecture"]["net"] = "octopus"
    (review / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match="unknown net “octopus”, expected one of patches, p"):
        mmsent.load("review", review, "cpu")
