"""Downmix to mono by power, so that no channel cancels another."""

import numpy as np
from numpy.typing import NDArray

FRAME, HOP = 512, 256  # samples: 32 ms
# its squares, HOP apart, add up to 1
WINDOW = np.sqrt(np.hanning(FRAME + 1)[:-1]).astype(np.float32)

Samples = NDArray[np.float32]


def downmix(channels: Samples) -> Samples:
    """The mono sound (n,) of channels (C, n): at every time and frequency as strong as the mean of
    the channels' power, with the phase of the strongest.

    What is the same in all channels stays as it is. A sum would lose what two channels hold in
    opposite phase, as a wrongly wired microphone gives it: a talk would be silent.
    """
    if (channels == channels[:1]).all():
        return channels[0]
    count = channels.shape[1]
    padded = np.pad(channels, ((0, 0), (HOP, HOP + -count % HOP)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME, axis=1)[:, ::HOP]
    spectra = np.fft.rfft(frames * WINDOW)
    powers = np.abs(spectra) ** 2
    strongest = powers.argmax(axis=0)[None]
    most = np.take_along_axis(powers, strongest, axis=0)[0]
    gain = np.sqrt(powers.mean(axis=0) / np.maximum(most, np.finfo(np.float32).tiny))
    mixed = np.fft.irfft(np.take_along_axis(spectra, strongest, axis=0)[0] * gain, FRAME) * WINDOW
    summed = np.zeros((len(mixed) + 1, HOP))  # the frames overlap by half
    summed[:-1] += mixed[:, :HOP]
    summed[1:] += mixed[:, HOP:]
    return summed.reshape(-1)[HOP : HOP + count].astype(np.float32)
