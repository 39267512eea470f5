"""Starts the page: ``python app.py``, then open the address it prints.

The usual variables of Gradio apply, such as GRADIO_SERVER_NAME (0.0.0.0 to be reachable from other machines) and
GRADIO_SERVER_PORT.
"""

from mmsent.ui.demo import build_demo
from mmsent.ui.theme import CSS, theme

demo = build_demo().queue(max_size=40, default_concurrency_limit=4)

if __name__ == "__main__":
    demo.launch(
        theme=theme(),
        css=CSS,
        max_file_size="40mb",
        run_history=False,  # by default the browser would keep inputs and outputs, faces included
        footer_links=["api"],
    )
