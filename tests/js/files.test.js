import { retyped, typed } from "/common/files.js";
import { save } from "/common/save.js";
import { equal, test } from "./check.js";

const ENDINGS = { image: [".heic", ".jpg"], video: [".mts"], audio: [".mts"] };
const file = (name, type = "") => new File(["x"], name, { type });
const typeOf = (one, media) => typed(one, media, ENDINGS).type;

test("a file whose kind the browser does not know gets one by its name", () => {
  equal(typeOf(file("a.HEIC"), "image"), "image/x-unknown");
  equal(typeOf(file("clip.mts", "model/vnd.mts"), "video"), "video/x-unknown");
  equal(typeOf(file("no ending"), "image"), "image/x-unknown");
});

test("what is known, or of no kind that is read, stays as it is", () => {
  for (const one of [file("a.jpg", "image/jpeg"), file("a.exe"), file("a.mts")]) {
    equal(typed(one, "image", ENDINGS) === one, true);
  }
});

test("files are replaced only where one of them changes", () => {
  equal(retyped([file("a.jpg", "image/jpeg")], "image", ENDINGS), null);
  const { files } = retyped([file("a.jpg", "image/jpeg"), file("b.heic")], "image", ENDINGS);
  equal(
    [...files].map((one) => [one.name, one.type]),
    [
      ["a.jpg", "image/jpeg"],
      ["b.heic", "image/x-unknown"],
    ],
  );
});

test("a made file is given with its name, content and kind", async () => {
  const click = HTMLAnchorElement.prototype.click;
  const given = [];
  HTMLAnchorElement.prototype.click = function () {
    given.push(this);
  };
  try {
    save(new Blob(['a,b\r\n"1,5",ü\r\n'], { type: "text/csv" }), "table.csv");
  } finally {
    HTMLAnchorElement.prototype.click = click;
  }
  const reply = await fetch(given[0].href);
  equal(
    [given.length, given[0].download, reply.headers.get("content-type"), await reply.text()],
    [1, "table.csv", "text/csv", 'a,b\r\n"1,5",ü\r\n'],
  );
});
