// Tells a visitor whose connection is gone what still works.

const TOLD =
  "You are offline. What is shown stays, and can be exported; a new answer needs the connection.";

export function mount() {
  const place = Object.assign(document.createElement("p"), { id: "offline", role: "status" });
  document.body.append(place);
  const show = () => {
    place.textContent = navigator.onLine ? "" : TOLD;
  };
  for (const kind of ["online", "offline"]) addEventListener(kind, show);
  show();
}
