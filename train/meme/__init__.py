"""``python -m train.meme``: the meme model."""
