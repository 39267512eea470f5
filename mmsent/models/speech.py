"""Voice embeddings: hidden states of a frozen speech encoder, their means and deviations over time."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers.models.whisper.modeling_whisper import WhisperEncoder

# layers used: the first ones tell most of how something is said, the last what is said
LAYERS = 3


class VoiceStates(nn.Module):
    """Mean and standard deviation over time of the hidden states behind each of the first LAYERS
    layers of Whisper's encoder (Radford et al. 2022, arXiv:2212.04356): the deviation tells how
    lively a voice is.

    A sound is run at its own length, its positions counted from 0, instead of being padded with
    silence to half a minute: both are of the sound alone, and a short one costs a tenth.
    """

    def __init__(self, encoder: WhisperEncoder) -> None:
        super().__init__()
        self.encoder = encoder

    def extra_repr(self) -> str:
        return f"means and deviations of {LAYERS} layers"  # which an exported net is known by, beside its weights

    def forward(self, mel: Tensor) -> Tensor:
        """The voice embeddings (N, 2 * LAYERS * width), the means of all layers before the
        deviations, of log-mel (N, T, bands) as ``mel.normalize_level`` gives it, T from 2 to twice
        the encoder's positions."""
        x = F.gelu(self.encoder.conv1(mel.transpose(1, 2)))
        x = F.gelu(self.encoder.conv2(x)).transpose(1, 2)
        x = x + self.encoder.embed_positions.weight[: x.shape[1]]
        means, deviations = [], []
        for layer in self.encoder.layers[:LAYERS]:
            x = layer(x, None)
            means.append(x.mean(dim=1))
            deviations.append((x - means[-1][:, None]).square().mean(dim=1).sqrt())
        return torch.cat([*means, *deviations], dim=1)
