"""The published checkpoints that are loaded where there is no ``checkpoints/`` folder: task to
``owner/name@commit``. Written by ``python -m train.publish --all OWNER``."""

PINNED: dict[str, str] = {}
