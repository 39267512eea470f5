// One face of a photo in detail, from the server (the value of the view) or from this device (the event "photo-detail" of the document).

import {strengthOf} from "../common/strength.js";
import {drawDetail} from "./photo_draw.js";

// `names` as photo_draw.js takes them.
export function mount(page, names) {
  const {element, props, watch} = page, place = element.querySelector(".detail"), {showStrength} = strengthOf(page);
  const show = detail => {
    drawDetail(place, detail ?? {}, names);
    showStrength();
  };
  document.addEventListener("photo-detail", function told({detail}) {
    if (element.isConnected) show(detail);
    else document.removeEventListener("photo-detail", told);
  });
  watch("value", () => show(props.value));
  show(props.value);
}
