"""``python -m train.video``: the clip model."""
