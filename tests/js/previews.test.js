import { mountPreviews } from "/common/previews.js";
import { equal, test } from "./check.js";

const DOT = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";

test("a preview that can't be shown says so until another one can", async () => {
  document.body.innerHTML = `<div class="image-frame"><img></div>`;
  mountPreviews();
  const image = document.querySelector("img");
  const told = async (source) => {
    const over = new Promise((done) => {
      image.onload = image.onerror = done;
    });
    image.src = source;
    await over;
    return image.parentElement.hasAttribute("data-unshown");
  };
  equal([await told("data:image/png;base64,bm8="), await told(DOT)], [true, false]);
});

test("what else loads is left alone", () => {
  mountPreviews();
  const problems = [];
  addEventListener("error", ({ message }) => problems.push(message), { once: true });
  const styles = document.createElement("link");
  document.body.append(styles);
  styles.dispatchEvent(new Event("load"));
  equal(problems, []);
});
