// Gradio tells of keys pressed in a text, but not of what is pasted into it.

export function mount({ element }) {
  const panel = element.closest('[role="tabpanel"]');
  panel.oninput = (event) => {
    if (!event.target.matches("textarea") || panel.dataset.stale === "changed") return;
    panel.dataset.stale = "changed";
    // reasons of what was there before (explain.py)
    panel.querySelector(".explain-cancel")?.click();
  };
}
