"""The null key of the cross-modal attention, which checkpoints store under an older name."""

import torch

from mmsent.models.fusion import CrossModalAttention


def test_the_null_key_is_loaded_from_the_stored_name() -> None:
    net = CrossModalAttention(16, 12, 8)
    stored = net.state_dict()
    assert "nothing" in stored
    assert "null_key" not in stored
    net.load_state_dict(stored | {"nothing": torch.arange(8.0)})
    torch.testing.assert_close(net.null_key, torch.arange(8.0), check_dtype=False)


def test_attention_goes_to_a_null_key_that_fits_the_query() -> None:
    net = CrossModalAttention(16, 12, 8)
    tokens, patches = torch.randn(1, 1, 16), torch.randn(1, 3, 12)
    with torch.no_grad():
        net.null_key.copy_(1000 * net.query(tokens)[0, 0])
        weights = net(tokens, patches, torch.ones(1, 3, dtype=torch.bool))[1]
    torch.testing.assert_close(weights[0, 0], torch.tensor([0.0, 0.0, 0.0, 1.0]))
