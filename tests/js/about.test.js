import { mount } from "/common/about.js";
import { equal, test } from "./check.js";

test("a diagram is asked for below the module's own address", () => {
  document.body.innerHTML =
    '<img data-src="../../../mmsent-files/1/reliability.png" loading="lazy"><td>1</td><img src="data:,">';
  mount({ element: document.body });
  const [diagram, other] = document.querySelectorAll("img");
  equal(
    [diagram.src, other.src],
    [new URL("/mmsent-files/1/reliability.png", location.href).href, "data:,"],
  );
});
