"""The encoder of texts that several tabs share, and the tasks it is tuned on."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import torch.nn.functional as F
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel

# A text's vector: the mean of its token states; that brought to length 1, as sentence-transformers
# has it; or what the encoder's own pooler makes of the first token.
Pool = Literal["mean", "sentence", "cls"]


class TextEncoder(nn.Module):
    """Any text encoder of transformers, described by its config as a plain dict (``model_type`` and
    sizes)."""

    def __init__(self, architecture: Mapping[str, Any], pool: Pool = "mean") -> None:
        super().__init__()
        if pool not in get_args(Pool):
            raise ValueError(f"unknown pool {pool!r}, expected one of {', '.join(get_args(Pool))}")
        config = AutoConfig.for_model(**architecture)
        self.net = AutoModel.from_config(config, attn_implementation="sdpa")
        self.pool = pool
        if pool != "cls":
            self.net.pooler = None  # it would never learn
        elif getattr(self.net, "pooler", None) is None:
            raise ValueError(f"a {config.model_type} has no pooler")
        self.padding: int = config.pad_token_id
        self.width: int = config.hidden_size
        self.vocabulary: int = config.vocab_size
        self.longest: int = getattr(config, "max_position_embeddings", sys.maxsize)  # tokens
        if not 0 <= self.padding < self.vocabulary - 1:
            raise ValueError(f"its padding {self.padding} is none of its {self.vocabulary} tokens")

    def extra_repr(self) -> str:
        return f"pool={self.pool}"  # by which exported nets are told apart

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """(N, T) token ids, padded -> (N, T, width) token states and (N, width) vectors of the
        texts."""
        token_mask = ids != self.padding
        output = self.net(input_ids=ids, attention_mask=token_mask.long())
        states = output.last_hidden_state
        if self.pool == "cls":
            return states, output.pooler_output
        share = token_mask / token_mask.sum(dim=1, keepdim=True)
        mean = (share.to(states.dtype)[:, None] @ states)[:, 0]
        return states, F.normalize(mean, dim=-1) if self.pool == "sentence" else mean


class TextNet(nn.Module):
    """One encoder, one linear head a task on the vector of its text; without tasks no head."""

    def __init__(
        self,
        architecture: Mapping[str, Any],
        tasks: Mapping[str, Sequence[str]],
        dropout: float = 0.1,
        pool: Pool = "mean",
    ) -> None:
        super().__init__()
        self.encoder = TextEncoder(architecture, pool)
        self.dropout = nn.Dropout(dropout)
        labels = sum(len(labels) for labels in tasks.values())
        self.heads = nn.Linear(self.encoder.width, labels) if labels else None

    def forward(self, ids: Tensor) -> Tensor:
        """(N, T) token ids -> (N, all labels) logits, one task's labels after the other's."""
        assert self.heads is not None, "it has no tasks"
        return self.heads(self.dropout(self.encoder(ids)[1]))
