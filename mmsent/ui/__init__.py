"""The web page: the only part of the package that knows Gradio."""

import os

from mmsent import gradio_stubs as gradio_stubs  # before Gradio, which gpu may import
from mmsent.ui.server import gpu as gpu  # then this before all others; it says why

# Gradio asks matplotlib for it in each job, where that is there. Left to choose, matplotlib would
# first look at all fonts of the machine and keep a list of them below the home.
os.environ.setdefault("MPLBACKEND", "agg")
