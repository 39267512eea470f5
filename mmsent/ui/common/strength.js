// The strength of the heat map. A new answer may replace the markup, so the chosen strength is set
// again.

// What reads the strength, 0 to 100, and what shows it again.
export function strengthOf({ element, watch }) {
  let strength = 60;
  const show = () => {
    const heat = element.querySelector(".heat");
    const slider = element.querySelector(".strength input");
    if (heat) heat.style.opacity = strength / 100;
    if (slider) slider.value = strength;
  };
  element.addEventListener("input", (event) => {
    if (!event.target.closest(".strength")) return;
    strength = +event.target.value;
    show();
  });
  watch("value", show);
  return { strength: () => strength, showStrength: show };
}

export const mount = (page) => strengthOf(page).showStrength();
