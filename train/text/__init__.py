"""``python -m train.text``: the text encoder that reviews, memes and clips share."""
