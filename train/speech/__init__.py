"""``python -m train.speech``: the speech encoder that words and voices share."""
