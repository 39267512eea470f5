"""Cross-modal attention: words look at a photo, and may find nothing there."""

import torch
from torch import Tensor, nn


class CrossModalAttention(nn.Module):
    """Scaled dot-product attention (Vaswani et al. 2017, arXiv:1706.03762) from text to image, with one more, learned key.

    That key means "nothing relevant here" and its value is zero, so what a query gives to it is taken from the photo.
    """

    def __init__(self, text_width: int, image_width: int, width: int) -> None:
        super().__init__()
        self.query = nn.Linear(text_width, width)
        self.key = nn.Linear(image_width, width)
        self.value = nn.Linear(image_width, width)
        self.nothing = nn.Parameter(torch.zeros(width))
        self.scale = width**-0.5

    def forward(self, queries: Tensor, patches: Tensor, patch_mask: Tensor) -> tuple[Tensor, Tensor]:
        """queries (N, T, text_width), patches (N, P, image_width), patch_mask (N, P) True where a patch may be looked at.

        Returns what was attended, (N, T, width), and the weights (N, T, P + 1), which sum to 1; the last is the share of
        "nothing relevant here", and 1 where every patch is masked.
        """
        query = self.query(queries)
        scores = query @ self.key(patches).transpose(1, 2) * self.scale
        scores = scores.masked_fill(~patch_mask[:, None], torch.finfo(scores.dtype).min)
        nothing = (query @ self.nothing * self.scale)[..., None]
        weights = torch.cat([scores, nothing], dim=-1).softmax(dim=-1)
        return weights[..., :-1] @ self.value(patches), weights


class ReviewNet(nn.Module):
    """Text tokens and image patches to sentiment logits: attended image features beside text features, a linear classifier.

    Either side may be missing: without text one learned query looks at the photo, without a photo all attention goes to
    "nothing relevant here".
    """

    def __init__(self, text_width: int, image_width: int, width: int = 128, classes: int = 3, dropout: float = 0.2) -> None:
        super().__init__()
        self.attention = CrossModalAttention(text_width, image_width, width)
        self.no_text = nn.Parameter(torch.randn(text_width) * 0.02)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(2 * text_width + width, classes)

    def forward(self, tokens: Tensor, token_mask: Tensor, patches: Tensor, patch_mask: Tensor) -> tuple[Tensor, Tensor]:
        """tokens (N, T, text_width), patches (N, P, image_width); the masks (N, T), (N, P) are True where there is something.

        A row whose token mask is all False has no text, one whose patch mask is all False no photo. Returns logits (N,
        classes) and attention weights (N, T, P + 1); those of the missing text stand in the first row of T.
        """
        tokens, token_mask = self._with_text(tokens, token_mask)
        features, weights = self.token_features(tokens, patches, patch_mask)
        share = (token_mask / token_mask.sum(dim=1, keepdim=True)).to(features.dtype)
        return self.classifier(self.dropout((share[:, None] @ features)[:, 0])), weights

    def token_features(self, tokens: Tensor, patches: Tensor, patch_mask: Tensor) -> tuple[Tensor, Tensor]:
        """Of each token what is classified after taking the mean over the tokens, and the attention weights (N, T, P + 1).

        That is its state, what it saw, and its state again in so far as it saw anything, (N, T, 2 * text_width + width): words
        that belong to a photo may mean something else than words alone.
        """
        attended, weights = self.attention(tokens, patches, patch_mask)
        seen = 1 - weights[..., -1:]
        return torch.cat([tokens, attended, seen * tokens], dim=-1), weights

    def _with_text(self, tokens: Tensor, token_mask: Tensor) -> tuple[Tensor, Tensor]:
        """Puts the learned stand-in first in rows without text. T must be at least 1."""
        missing = ~token_mask.any(dim=1)
        first = torch.zeros_like(token_mask)
        first[:, 0] = True
        stand_in = (missing[:, None] & first)[..., None]
        return torch.where(stand_in, self.no_text.to(tokens.dtype), tokens), token_mask | stand_in[..., 0]
