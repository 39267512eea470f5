"""The encoder of texts that several tabs share, and the tasks it is tuned on."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn
from transformers import AutoConfig, AutoModel


class TextEncoder(nn.Module):
    """Any text encoder of transformers, described by its config as a plain dict (``model_type`` and
    sizes)."""

    def __init__(self, architecture: Mapping[str, Any]) -> None:
        super().__init__()
        config = AutoConfig.for_model(**architecture)
        self.net = AutoModel.from_config(config, attn_implementation="sdpa")
        self.net.pooler = None  # sentences are means here, so it would never learn
        self.padding: int = config.pad_token_id
        self.width: int = config.hidden_size
        self.vocabulary: int = config.vocab_size
        self.longest: int = getattr(config, "max_position_embeddings", sys.maxsize)  # tokens
        if not 0 <= self.padding < self.vocabulary - 1:
            raise ValueError(f"its padding {self.padding} is none of its {self.vocabulary} tokens")

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """The token states (N, T, width) and the sentence vectors (N, width), their mean without
        padding, of padded token ids (N, T)."""
        token_mask = ids != self.padding
        states = self.net(input_ids=ids, attention_mask=token_mask.long()).last_hidden_state
        share = token_mask / token_mask.sum(dim=1, keepdim=True)
        return states, (share.to(states.dtype)[:, None] @ states)[:, 0]


class TextNet(nn.Module):
    """One encoder, one linear head a task on its sentence vector."""

    def __init__(
        self,
        architecture: Mapping[str, Any],
        tasks: Mapping[str, Sequence[str]],
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.encoder = TextEncoder(architecture)
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.Linear(self.encoder.width, sum(len(labels) for labels in tasks.values()))

    def forward(self, ids: Tensor) -> Tensor:
        """The logits (N, all labels) of token ids (N, T), one task's labels after the other's."""
        return self.heads(self.dropout(self.encoder(ids)[1]))
