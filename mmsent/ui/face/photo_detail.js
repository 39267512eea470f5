// One face of a photo in detail, from the server (the value of the view) or from this device (the
// event "photo-detail" of the document).

import { strengthOf } from "../common/strength.js";
import { drawDetail } from "./photo_draw.js";
import { followPlace } from "./photo_place.js";

// `names` as photo_draw.js takes them.
export function mount(page, names) {
  const place = page.element.querySelector(".detail");
  const { showStrength } = strengthOf(page);
  followPlace(page, "photo-detail", (detail) => {
    drawDetail(place, detail, names);
    showStrength();
  });
}
