// The strength of the heat map. A new answer may replace the markup, so the chosen strength is set again.

let strength = 60;
const showStrength = () => {
  const heat = element.querySelector(".heat"), slider = element.querySelector(".strength input");
  if (heat) heat.style.opacity = strength / 100;
  if (slider) slider.value = strength;
};
element.addEventListener("input", event => {
  if (!event.target.closest(".strength")) return;
  strength = +event.target.value;
  showStrength();
});
watch("value", showStrength);
