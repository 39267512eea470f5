"""The net that fuses the words of a review with its photo, and the batches it takes."""

import numpy as np
import torch

from mmsent.models.fusion import CrossModalAttention, ReviewNet
from mmsent.pipelines.encoders import Tokens
from mmsent.pipelines.review_inputs import collate


def inputs(rows: int = 2, tokens: int = 5, patches: int = 9) -> tuple[torch.Tensor, ...]:
    return (
        torch.randn(rows, tokens, 16),
        torch.ones(rows, tokens, dtype=torch.bool),
        torch.randn(rows, patches, 12),
        torch.ones(rows, patches, dtype=torch.bool),
    )


def test_attention_sums_to_one_with_the_nothing_key() -> None:
    net = CrossModalAttention(16, 12, 8)
    tokens, _, patches, looked = inputs()
    looked[1] = False
    attended, weights = net(tokens, patches, looked)
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(2, 5))
    assert weights.shape == (2, 5, 10)
    assert (weights[0, :, :-1] > 0).all()
    # no photo: everything goes to "nothing relevant"
    torch.testing.assert_close(weights[1, :, -1], torch.ones(5))
    torch.testing.assert_close(attended[1], torch.zeros(5, 8))


def test_padding_changes_nothing() -> None:
    net = ReviewNet(16, 12, 8).eval()
    tokens, read, patches, looked = inputs(rows=1)
    alone, weights = net(tokens, read, patches, looked)
    longer = torch.cat([tokens, torch.randn(1, 3, 16)], dim=1)
    more = torch.cat([patches, torch.randn(1, 4, 12)], dim=1)
    padded, padded_weights = net(
        longer,
        torch.tensor([[True] * 5 + [False] * 3]),
        more,
        torch.tensor([[True] * 9 + [False] * 4]),
    )
    torch.testing.assert_close(alone, padded)
    torch.testing.assert_close(weights[0, :, :9], padded_weights[0, :5, :9])


def test_gradient_reaches_every_parameter() -> None:
    net = ReviewNet(16, 12, 8)
    tokens, read, patches, looked = inputs()
    read[1] = False
    torch.nn.functional.cross_entropy(
        net(tokens, read, patches, looked)[0], torch.tensor([0, 2])
    ).backward()
    silent = [
        name
        for name, parameter in net.named_parameters()
        if parameter.grad is None or not parameter.grad.any()
    ]
    assert silent == []


def test_missing_sides_give_an_answer_that_ignores_what_is_masked() -> None:
    net = ReviewNet(16, 12, 8).eval()
    tokens, read, patches, looked = inputs(rows=1)
    nothing = torch.zeros_like(looked)
    torch.testing.assert_close(
        net(tokens, read, patches, nothing)[0], net(tokens, read, patches * 9, nothing)[0]
    )
    unread = torch.zeros_like(read)
    torch.testing.assert_close(
        net(tokens, unread, patches, looked)[0], net(tokens * 9, unread, patches, looked)[0]
    )


def test_fusion_learns_to_look_at_the_patch_a_word_names() -> None:
    torch.manual_seed(0)
    net = ReviewNet(16, 12, 16, classes=2, dropout=0.0)
    optimizer = torch.optim.Adam(net.parameters(), 0.02)
    # four things a photo may show; the word is the one asked for, its sign the answer
    places = torch.eye(12)[:4]

    def batch(rows: int = 64) -> tuple[torch.Tensor, ...]:
        asked = torch.randint(4, (rows,))
        signs = torch.randint(2, (rows, 4))
        patches = places[None] + 0.0
        patches = torch.cat(
            [patches.expand(rows, -1, -1)[..., :8], torch.zeros(rows, 4, 4)], dim=-1
        )
        patches[..., 8] = 2.0 * signs - 1
        tokens = torch.nn.functional.one_hot(asked, 16).float()[:, None]
        return tokens, patches, signs[torch.arange(rows), asked], asked

    for _ in range(150):
        tokens, patches, answer, _ = batch()
        logits, _ = net(
            tokens,
            torch.ones(64, 1, dtype=torch.bool),
            patches,
            torch.ones(64, 4, dtype=torch.bool),
        )
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(logits, answer).backward()
        optimizer.step()
    tokens, patches, answer, asked = batch(256)
    logits, weights = net(
        tokens, torch.ones(256, 1, dtype=torch.bool), patches, torch.ones(256, 4, dtype=torch.bool)
    )
    assert (logits.argmax(dim=1) == answer).float().mean() > 0.9
    assert (weights[:, 0].argmax(dim=1) == asked).float().mean() > 0.9


def test_collate_marks_what_is_missing() -> None:
    texts = [Tokens(np.ones((2, 4)), np.array([5, 6])), Tokens(np.ones((0, 4)), np.ones(0, int))]
    tokens, read, patches, looked, ids = collate(texts, [None, np.ones((9, 3))], 3)
    assert read.tolist() == [[True, True], [False, False]]
    assert looked.any(dim=1).tolist() == [False, True]
    assert tokens.shape == (2, 2, 4)
    assert ids.tolist() == [[5, 6], [0, 0]]
    assert patches.shape == (2, 9, 3)
