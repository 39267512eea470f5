// Gradio takes a file for a picture, clip or sound by the type that the browser gives it, and
// browsers know no type for many of the names that are read here, and none for a file without an
// ending: these get one. What is inside is seen on the server.

const mediaOf = (input) => input?.accept.match(/(image|video|audio)\/\*/)?.[1];

export function typed(file, media, endings) {
  const ending = /\.[^.]*$/.exec(file.name)?.[0].toLowerCase() ?? "";
  const unknown =
    !file.type.startsWith(`${media}/`) && (!ending || endings[media].includes(ending));
  return unknown
    ? new File([file], file.name, { type: `${media}/x-unknown`, lastModified: file.lastModified })
    : file;
}

// The files with types, or null where all have theirs.
export function retyped(files, media, endings) {
  const transfer = new DataTransfer();
  const given = Array.from(files);
  const made = given.map((file) => typed(file, media, endings));
  made.forEach((file) => transfer.items.add(file));
  return made.some((file, i) => file !== given[i]) ? transfer : null;
}

// `endings` are lists of them by kind of media.
export function mount(_, endings) {
  document.addEventListener(
    "click",
    (event) => {
      // just before the dialog opens
      const media = event.target.matches?.("input[type=file]") && mediaOf(event.target);
      if (media && !event.target.accept.includes(endings[media][0])) {
        event.target.accept = [event.target.accept, ...endings[media]].join(", ");
      }
    },
    true,
  );

  document.addEventListener(
    "change",
    (event) => {
      const media = event.target.matches?.("input[type=file]") && mediaOf(event.target);
      const transfer = media && retyped(event.target.files, media, endings);
      if (transfer) event.target.files = transfer.files;
    },
    true,
  );

  document.addEventListener(
    "drop",
    (event) => {
      const media = mediaOf(event.target.closest?.(".block")?.querySelector("input[type=file]"));
      const transfer =
        media && event.dataTransfer && retyped(event.dataTransfer.files, media, endings);
      if (!transfer) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      event.target.dispatchEvent(
        new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer }),
      );
    },
    true,
  );
}
