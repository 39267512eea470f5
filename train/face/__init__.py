"""``python -m train.face``: the face model."""
