"""The face tabs as a static site: the same modules and markup, without a server and without Gradio
in the page."""
