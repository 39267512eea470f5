"""``python -m train.review``: the review model."""
