"""``python -m train.image``: the image encoder that reviews and memes share."""
