import { followPlace } from "/face/photo_place.js";
import { equal, test } from "./check.js";

const choose = (kind) => {
  document.documentElement.dataset.photos = kind;
  document.dispatchEvent(new Event("photo-place"));
};
const tell = (detail) => document.dispatchEvent(new CustomEvent("told", { detail }));

// A view with what it shows, last.
function view() {
  const page = {
    element: document.createElement("div"),
    props: { value: {} },
    watch: (_, changed) => {
      page.changed = changed;
    },
  };
  document.body.append(page.element);
  followPlace(page, "told", (given) => {
    page.shown = given.name ?? "nothing";
  });
  page.answer = (name) => {
    page.props.value = { name };
    page.changed();
  };
  return page;
}

test("what the place that is not chosen says late changes nothing", () => {
  choose("device");
  const page = view();
  tell({ name: "B on the device" });
  page.answer("A on the server");
  equal(page.shown, "B on the device");
  choose("server");
  equal(page.shown, "A on the server");
  tell({ name: "B again" });
  equal(page.shown, "A on the server");
  choose("device");
  equal(page.shown, "B again");
  page.element.remove();
  delete document.documentElement.dataset.photos;
});

test("the server answers until a place is chosen, and a view that is gone hears nothing", () => {
  const page = view();
  page.answer("A");
  equal(page.shown, "A");
  page.element.remove();
  choose("device");
  tell({ name: "B" });
  equal(page.shown, "A");
  delete document.documentElement.dataset.photos;
});
