"""The web page: the only part of the package that knows Gradio."""

from mmsent.ui import gpu as gpu  # first of all; it says why
