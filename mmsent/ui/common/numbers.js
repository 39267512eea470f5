// Figures as the visitor writes them: 3,589 is 3.589 where the comma is for decimals. Only cells
// that hold nothing but a number are touched; sentences are English, and so are their numbers.

const NUMBER = /^(-?[\d,]+(?:\.(\d+))?)( %)?$/;

// "69.7 %" as people write it in `locale`, by default the browser's own; any other text as it is.
export function localised(text, locale = undefined) {
  const [, number, decimals = "", unit = ""] = NUMBER.exec(text.trim()) ?? [];
  if (number === undefined) return text;
  const digits = { minimumFractionDigits: decimals.length, maximumFractionDigits: decimals.length };
  return new Intl.NumberFormat(locale, digits).format(Number(number.replaceAll(",", ""))) + unit;
}

export function mount({ element }) {
  for (const cell of element.querySelectorAll("td")) cell.textContent = localised(cell.textContent);
}
