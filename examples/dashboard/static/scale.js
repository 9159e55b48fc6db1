// Classes of a scale of one hue, whose lightness alone tells them apart.

import { asPart } from "./numbers.js";

export const CLASSES = 6;

/** The class of an adoption rate: 0 for none, then fifths; 1 and more are the last. */
export function adoptionClass(rate) {
  if (rate === null) return "none";
  return Math.min(CLASSES - 1, Math.ceil(rate * (CLASSES - 1) - 1e-9));
}

/** The class of a value between 0 and the greatest; the root gives small values classes of their own. */
export function valueClass(value, greatest) {
  if (!(value > 0) || !(greatest > 0)) return 0;
  return Math.min(CLASSES - 1, Math.floor(Math.sqrt(value / greatest) * CLASSES));
}

/** What the classes of adoption are called. */
export const ADOPTION_LABELS = [
  "none",
  ...Array.from({ length: CLASSES - 1 }, (_, step) => `≤ ${asPart((step + 1) / (CLASSES - 1))}`),
];
