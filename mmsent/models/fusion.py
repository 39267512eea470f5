"""Cross-modal attention: words look at a photo, and may find nothing there."""

import torch
from torch import Tensor, nn

WORDS = 32  # what the logits of words are multiplied by, as a mean over many of them is small


class CrossModalAttention(nn.Module):
    """Scaled dot-product attention (Vaswani et al. 2017, arXiv:1706.03762) from text to image, with
    one more, learned key.

    That key means "nothing relevant here" and its value is zero, so what a query gives to it is
    taken from the photo.
    """

    def __init__(self, text_width: int, image_width: int, width: int) -> None:
        super().__init__()
        self.query = nn.Linear(text_width, width)
        self.key = nn.Linear(image_width, width)
        self.value = nn.Linear(image_width, width)
        self.nothing = nn.Parameter(torch.zeros(width))
        self.scale = width**-0.5

    def forward(
        self, queries: Tensor, patches: Tensor, patch_mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """queries (N, T, text_width), patches (N, P, image_width), patch_mask (N, P) True where a
        patch may be looked at.

        Returns what was attended, (N, T, width), and the weights (N, T, P + 1), which sum to 1; the
        last is the share of "nothing relevant here", and 1 where every patch is masked.
        """
        query = self.query(queries)
        scores = query @ self.key(patches).transpose(1, 2) * self.scale
        scores = scores.masked_fill(~patch_mask[:, None], torch.finfo(scores.dtype).min)
        nothing = (query @ self.nothing * self.scale)[..., None]
        weights = torch.cat([scores, nothing], dim=-1).softmax(dim=-1)
        return weights[..., :-1] @ self.value(patches), weights


class ReviewNet(nn.Module):
    """Text tokens and image patches to sentiment logits: attended image features beside text
    features, a linear classifier.

    With a ``vocabulary`` each token also speaks for itself, whatever stands around it: what its
    word is worth in a text alone, and what more beside a photo. Such words as hashtags mean much
    that an encoder of sentences does not know. Either side may be missing: without text one learned
    query looks at the photo, without a photo all attention goes to "nothing relevant here".
    """

    pooled = False  # texts come token by token, photos patch by patch

    def __init__(
        self,
        text_width: int,
        image_width: int,
        width: int = 128,
        classes: int = 3,
        dropout: float = 0.2,
        vocabulary: int = 0,
    ) -> None:
        super().__init__()
        self.attention = CrossModalAttention(text_width, image_width, width)
        self.no_text = nn.Parameter(torch.randn(text_width) * 0.02)
        self.dropout, self.dropout_words = nn.Dropout(dropout), nn.Dropout1d(dropout)
        self.classifier = nn.Linear(2 * text_width + width, classes)
        self.lexicon = nn.Embedding(vocabulary, 2 * classes, padding_idx=0) if vocabulary else None
        if self.lexicon is not None:
            nn.init.zeros_(self.lexicon.weight)

    def forward(
        self,
        tokens: Tensor,
        token_mask: Tensor,
        patches: Tensor,
        patch_mask: Tensor,
        ids: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """tokens (N, T, text_width), patches (N, P, image_width); the masks (N, T), (N, P) are True
        where there is something; ids (N, T) of the tokens, 0 where there is none, if the net has a
        vocabulary.

        A row whose token mask is all False has no text, one whose patch mask is all False no photo.
        Returns logits (N, classes) and attention weights (N, T, P + 1); those of the missing text
        stand in the first row of T.
        """
        tokens, token_mask = self._with_text(tokens, token_mask)
        features, weights = self.token_features(tokens, patches, patch_mask, ids)
        share = (token_mask / token_mask.sum(dim=1, keepdim=True)).to(features.dtype)
        return self.classify((share[:, None] @ features)[:, 0]), weights

    def token_features(
        self, tokens: Tensor, patches: Tensor, patch_mask: Tensor, ids: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Of each token what is classified after taking the mean over the tokens, and the attention
        weights (N, T, P + 1).

        That is its state, what it saw, and its state again in so far as it saw anything, (N, T, 2 *
        text_width + width): words that belong to a photo may mean something else than words alone.
        With a vocabulary ``classes`` logits of the word follow.
        """
        attended, weights = self.attention(tokens, patches, patch_mask)
        seen = 1 - weights[..., -1:]
        features = torch.cat([tokens, attended, seen * tokens], dim=-1)
        if self.lexicon is None:
            return features, weights
        alone, beside = self.dropout_words(self.lexicon(ids)).chunk(2, dim=-1)
        return torch.cat([features, alone + seen * beside], dim=-1), weights

    def classify(self, features: Tensor) -> Tensor:
        """(N, F) means over tokens of ``token_features`` -> (N, classes) logits."""
        logits = self.classifier(self.dropout(features[..., : self.classifier.in_features]))
        return (
            logits
            if self.lexicon is None
            else logits + WORDS * features[..., self.classifier.in_features :]
        )

    def _with_text(self, tokens: Tensor, token_mask: Tensor) -> tuple[Tensor, Tensor]:
        """Puts the learned stand-in first in rows without text. T must be at least 1."""
        missing = ~token_mask.any(dim=1)
        first = torch.zeros_like(token_mask)
        first[:, 0] = True
        stand_in = (missing[:, None] & first)[..., None]
        return torch.where(stand_in, self.no_text.to(tokens.dtype), tokens), token_mask | stand_in[
            ..., 0
        ]
