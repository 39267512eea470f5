// Before consent the camera view is not in the page at all, as in the app.

// `room` gets what is in the `template` while the `box` is ticked, and `open(element)` mounts it;
// meanwhile the `asides` make room.
export function mountConsent({ box, room, template, asides }, open) {
  box.addEventListener("change", () => {
    for (const one of asides) one.hidden = box.checked;
    // once the view has heard of it, too, and ended the camera
    if (!box.checked) return setTimeout(() => room.replaceChildren());
    room.replaceChildren(template.content.cloneNode(true));
    open(room.firstElementChild);
  });
  box.disabled = false;
}
