// The face strip: each tile is drawn from the visitor's own copy of the clip, so no picture of a
// face leaves the browser again.

const AROUND = 0.35; // of the box, on every side of it

function drawTile(tile, film, scale) {
  const canvas = tile.querySelector("canvas");
  const g = canvas.getContext("2d");
  const side = canvas.width;
  const [x0, y0, x1, y1] = tile.dataset.box.split(",").map(Number);
  const size = Math.max(x1 - x0, y1 - y0) * (1 + 2 * AROUND);
  const left = (x0 + x1 - size) / 2;
  const top = (y0 + y1 - size) / 2;
  const zoom = side / size;
  g.clearRect(0, 0, side, side);
  g.drawImage(film, left * scale, top * scale, size * scale, size * scale, 0, 0, side, side);
  const line = tile.dataset.colour === "transparent" ? "#fff" : tile.dataset.colour;
  for (const [width, colour] of [
    [6, "rgba(2, 6, 23, .75)"],
    [3, line],
  ]) {
    g.lineWidth = width;
    g.strokeStyle = colour;
    g.strokeRect((x0 - left) * zoom, (y0 - top) * zoom, (x1 - x0) * zoom, (y1 - y0) * zoom);
  }
}

// One tile after the other, until the next answer is shown or the page is left; a tile of the same
// clip keeps its drawing until then. A file that can't be played leaves only their words. What is
// returned draws those of a clip at `url`, whose boxes are in a picture `width` pixels wide;
// `fresh`: of another clip.
export function tilePainter(element) {
  let drawing = 0; // how many answers have been drawn

  return async (url, fresh, width) => {
    const mine = ++drawing;
    const tiles = [...element.querySelectorAll(".tile")].sort(
      (a, b) => a.dataset.seek - b.dataset.seek,
    );
    if (!tiles.length) return;
    for (const canvas of element.querySelectorAll(".tile canvas")) {
      canvas.hidden = false;
      if (fresh) canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
    }
    const film = document.createElement("video");
    const once = (kind) =>
      new Promise((done, fail) => {
        film.addEventListener(kind, done, { once: true });
        film.addEventListener("error", fail, { once: true });
      });
    Object.assign(film, { muted: true, preload: "auto", src: url });
    try {
      await once("loadeddata");
      const began = film.currentTime; // not 0 where the file's own clock begins late
      for (const tile of tiles) {
        const there = once("seeked");
        film.currentTime = began + +tile.dataset.seek;
        await there;
        if (mine !== drawing || !element.isConnected) break;
        drawTile(tile, film, film.videoWidth / width);
        tile.classList.add("drawn");
      }
    } catch {
      // the player says that it can't be played
      if (mine === drawing) for (const tile of tiles) tile.querySelector("canvas").hidden = true;
    }
    film.removeAttribute("src");
    film.load();
  };
}
