// Tells a visitor whose connection is gone what still works.

const OFFLINE =
  "You are offline. What is shown stays, and can be exported; a new answer needs the connection.";
// Gradio asks for the server again and again, and loads the page anew once it answers.
const LOST =
  "The server cannot be reached. What is shown can be exported; once the server answers, this page loads again.";

// Returns {lost}, to be called where a question did not reach the server.
export function mount() {
  const place = Object.assign(document.createElement("p"), { id: "offline", role: "status" });
  let isLost = false;
  document.body.append(place);
  const show = () => {
    place.textContent = isLost ? LOST : navigator.onLine ? "" : OFFLINE;
  };
  for (const kind of ["online", "offline"]) addEventListener(kind, show);
  show();
  return {
    lost() {
      isLost = true;
      show();
    },
  };
}
