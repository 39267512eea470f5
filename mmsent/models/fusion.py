"""Cross-modal attention from text tokens to image patches, with a null key, and the review net."""

import torch
from torch import Tensor, nn

LEXICON_SCALE = 32  # factor of the lexicon's logits, whose mean over many tokens is small


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
        # checkpoints store the null key under this name
        self.register_parameter("nothing", nn.Parameter(torch.zeros(width)))
        self.scale = width**-0.5

    @property
    def null_key(self) -> Tensor:
        """(width,) the learned key that stands for "nothing relevant here"."""
        return self.get_parameter("nothing")

    def forward(
        self, queries: Tensor, patches: Tensor, patch_mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The attended image features (N, T, width), and the attention weights (N, T, P + 1), which
        sum to 1; the last is the share of "nothing relevant here", and 1 where every patch is
        masked.

        queries (N, T, text_width), patches (N, P, image_width), patch_mask (N, P) True where a patch
        may be attended to.
        """
        query = self.query(queries)
        scores = query @ self.key(patches).transpose(1, 2) * self.scale
        scores = scores.masked_fill(~patch_mask[:, None], torch.finfo(scores.dtype).min)
        null_scores = (query @ self.null_key * self.scale)[..., None]
        weights = torch.cat([scores, null_scores], dim=-1).softmax(dim=-1)
        return weights[..., :-1] @ self.value(patches), weights


class ReviewNet(nn.Module):
    """Text tokens and image patches to sentiment logits: attended image features beside text
    features, a linear classifier.

    With a ``vocabulary`` each token also has logits of its own, whatever its context: one row for a
    text alone, one that is added beside a photo. Words such as hashtags mean much that a sentence
    encoder does not know. Either modality may be missing: without text one learned query attends to
    the photo, without a photo all attention goes to the null key.
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
        """The logits (N, classes) and the attention weights (N, T, P + 1); those of a missing text
        stand in the first row of T.

        tokens (N, T, text_width), patches (N, P, image_width); the masks (N, T), (N, P) are False
        for padding; ids (N, T) of the tokens, 0 for padding, if the net has a vocabulary. A row
        whose token mask is all False has no text, one whose patch mask is all False no photo.
        """
        tokens, token_mask = self._with_text(tokens, token_mask)
        features, weights = self.token_features(tokens, patches, patch_mask, ids)
        share = (token_mask / token_mask.sum(dim=1, keepdim=True)).to(features.dtype)
        return self.classify((share[:, None] @ features)[:, 0]), weights

    def token_features(
        self, tokens: Tensor, patches: Tensor, patch_mask: Tensor, ids: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """The features of each token, whose mean over the tokens is classified, and the attention
        weights (N, T, P + 1).

        Features are (N, T, 2 * text_width + width): the token's state, the attended image features,
        and the state again times the share of attention that went to patches, since words beside a
        photo may mean something else than words alone. With a vocabulary ``classes`` logits of the
        token follow.
        """
        attended, weights = self.attention(tokens, patches, patch_mask)
        attended_share = 1 - weights[..., -1:]
        features = torch.cat([tokens, attended, attended_share * tokens], dim=-1)
        if self.lexicon is None:
            return features, weights
        alone, beside = self.dropout_words(self.lexicon(ids)).chunk(2, dim=-1)
        return torch.cat([features, alone + attended_share * beside], dim=-1), weights

    def classify(self, features: Tensor) -> Tensor:
        """(N, classes) logits of (N, F) means over tokens of ``token_features``."""
        logits = self.classifier(self.dropout(features[..., : self.classifier.in_features]))
        return (
            logits
            if self.lexicon is None
            else logits + LEXICON_SCALE * features[..., self.classifier.in_features :]
        )

    def _with_text(self, tokens: Tensor, token_mask: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens and mask with the learned stand-in first in rows without text. T must be at least
        1."""
        missing_mask = ~token_mask.any(dim=1)
        first_mask = torch.zeros_like(token_mask)
        first_mask[:, 0] = True
        stand_in_mask = (missing_mask[:, None] & first_mask)[..., None]
        return torch.where(
            stand_in_mask, self.no_text.to(tokens.dtype), tokens
        ), token_mask | stand_in_mask[..., 0]
