// The icicle: a level for each depth, from the tenant that is shown downwards.

import { byId, html, svg } from "./elements.js";
import { layOut } from "./icicle-layout.js";
import { asCost, asPart, asShort, counted } from "./numbers.js";
import { ADOPTION_LABELS, adoptionClass } from "./scale.js";

const LOWEST_ROW = 22;
const HIGHEST_ROW = 54;
const HEIGHT = 260;
const PADDING = 7;

const measure = document.createElement("canvas").getContext("2d");
const container = byId("icicle");
let drawing = null;

/** Draws `top` and what is below it; `go(id)` makes a tenant the root. */
export function drawIcicle(top, go) {
  const hadFocus = container.contains(document.activeElement);
  drawing = { top, go };
  draw();
  describe(top, top);
  if (hadFocus) container.querySelector("[tabindex='0']")?.focus();
}

new ResizeObserver(() => {
  const width = container.clientWidth;
  // It has none while it is hidden, or the window being made.
  if (drawing && width && width !== drawing.width) draw();
}).observe(container);

byId("icicle-legend").append(
  html("span", {}, "Adoption"),
  ...ADOPTION_LABELS.map((label, step) =>
    html("span", { class: "key" }, html("i", { class: `swatch step-${step}` }), label),
  ),
);

function draw() {
  const { top } = drawing;
  const width = container.clientWidth;
  drawing.width = width;
  const { cells, levels, undrawn } = layOut(top, width);
  const row = Math.max(LOWEST_ROW, Math.min(HIGHEST_ROW, Math.floor(HEIGHT / levels)));
  const style = getComputedStyle(container);
  measure.font = `500 13px ${style.fontFamily}`;
  const drawn = cells.map((cell) => drawCell(cell, row));
  const tree = svg(
    "svg",
    {
      ...{ width, height: levels * row, role: "tree", "aria-label": `Tenants by cost, ${top.name} at the top` },
      ...{ keydown: onKey, click: onClick, focusin: onFocus, focusout: onBlur },
      ...{ pointerover: onPoint, pointerleave: onLeave },
    },
    hatching(),
    ...drawn,
    svg("rect", { id: "ring", visibility: "hidden" }),
  );
  cells.forEach((cell, number) => (drawn[number].cell = cell));
  drawn[0].setAttribute("tabindex", "0");
  container.replaceChildren(tree, ...notes(top, undrawn));
}

function notes(top, undrawn) {
  if (!(top.subtree_cost > 0)) {
    return [html("p", { class: "note" }, "Nothing was spent here in this period, so there is no width to share out.")];
  }
  if (undrawn > 0) {
    const are = undrawn === 1 ? "is" : "are";
    const text = `${counted(undrawn, "tenant")} ${are} too narrow to draw; what less than a pixel shows is hatched.`;
    return [html("p", { class: "note" }, text)];
  }
  return [];
}

// Siblings too narrow to draw are hatched together.
function hatching() {
  const line = svg("path", { d: "M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2", class: "hatch" });
  const box = { width: 6, height: 6, patternUnits: "userSpaceOnUse" };
  return svg("defs", {}, svg("pattern", { id: "hatching", ...box }, line));
}

function drawCell(cell, row) {
  const { tenant, rest, x, width, level } = cell;
  // A border would eat up a cell that is a pixel or two wide.
  const gap = width > 4 ? 1 : 0;
  const box = { x, y: level * row, width: Math.max(1, width - gap), height: row - 1 };
  if (rest) return svg("rect", { ...box, class: "rest", "aria-hidden": "true" });
  return svg(
    "g",
    {
      ...{ class: `cell step-${adoptionClass(tenant.adoption_rate)}`, role: "treeitem", tabindex: "-1" },
      ...{ "aria-level": level + 1, "aria-label": label(tenant), "data-tenant": tenant.id ?? "all" },
    },
    svg("rect", { ...box, rx: width > 12 ? 2 : 0 }),
    ...texts(tenant, box, row),
  );
}

function label(tenant) {
  const below = tenant.descendants ? `, ${counted(tenant.descendants, "tenant")} below` : "";
  const adoption = tenant.adoption_rate === null ? "" : `, adoption ${asPart(tenant.adoption_rate)}`;
  return `${tenant.name}, cost ${asCost(tenant.subtree_cost)}${adoption}${below}`;
}

function texts(tenant, box, row) {
  const name = fitted(tenant.name, box.width - 2 * PADDING);
  if (!name) return [];
  const place = { x: box.x + PADDING, "aria-hidden": "true" };
  const twoLines = row >= 40;
  const lines = [svg("text", { ...place, y: box.y + (twoLines ? row / 2 - 3 : row / 2 + 4) }, name)];
  const cost = asShort(tenant.subtree_cost);
  if (twoLines && measure.measureText(cost).width <= box.width - 2 * PADDING) {
    lines.push(svg("text", { ...place, class: "secondary", y: box.y + row / 2 + 14 }, cost));
  }
  return lines;
}

/** As much of a text as fits, or nothing where that would be too little to read. */
function fitted(text, room) {
  if (measure.measureText(text).width <= room) return text;
  let length = Math.min(text.length, 80);
  while (length > 3 && measure.measureText(`${text.slice(0, length)}…`).width > room) length -= 1;
  return length > 3 ? `${text.slice(0, length)}…` : "";
}

const cellOf = (event) => event.target.closest?.("g.cell") ?? null;

function onClick(event) {
  const element = cellOf(event);
  if (element) enter(element);
}

function enter(element) {
  const { tenant } = element.cell;
  if (tenant !== drawing.top) drawing.go(tenant.id);
}

function onPoint(event) {
  const element = cellOf(event);
  if (element) describe(element.cell.tenant, drawing.top);
}

// A cell's own outline would lie below its neighbours.
function onFocus(event) {
  onPoint(event);
  const cell = cellOf(event);
  if (!cell?.matches(":focus-visible")) return;
  const box = cell.firstElementChild;
  const ring = byId("ring");
  for (const side of ["x", "y", "width", "height"]) ring.setAttribute(side, box.getAttribute(side));
  ring.setAttribute("visibility", "visible");
}

function onBlur() {
  byId("ring")?.setAttribute("visibility", "hidden");
}

function onLeave() {
  const focused = container.contains(document.activeElement) ? document.activeElement.cell : null;
  describe(focused?.tenant ?? drawing.top, drawing.top);
}

/** The line below the icicle. */
function describe(tenant, top) {
  const facts = [`cost ${asCost(tenant.subtree_cost)}`];
  if (tenant.id !== null) facts.push(`own ${asCost(tenant.cost)}`);
  if (tenant !== top && top.subtree_cost > 0) {
    facts.push(`${asPart(tenant.subtree_cost / top.subtree_cost)} of ${top.name}`);
  }
  if (tenant.adoption_rate !== null) {
    facts.push(`adoption ${asPart(tenant.adoption_rate)}`);
    if (tenant.descendants) facts.push(`${asPart(tenant.subtree_adoption_rate)} with all below`);
  }
  facts.push(counted(tenant.subtree_events, "event"));
  if (tenant.descendants) facts.push(counted(tenant.descendants, "tenant") + (tenant.id === null ? "" : " below"));
  byId("icicle-readout").replaceChildren(html("strong", {}, tenant.name), ` ${facts.join(" · ")}`);
}

function onKey(event) {
  const element = cellOf(event);
  if (!element || event.ctrlKey || event.metaKey || event.altKey) return;
  const { top, go } = drawing;
  if (event.key === "Enter" || event.key === " ") enter(element);
  else if (event.key === "Escape") {
    if (top.id !== null) go(top.ancestors?.at(-1)[0] ?? null);
  } else {
    const next = neighbour(element.cell, event.key);
    if (!next) return;
    element.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  }
  event.preventDefault();
}

/** The cell that a key leads to. */
function neighbour(cell, key) {
  const all = [...container.querySelectorAll("g.cell")];
  const level = all.filter((other) => other.cell.level === cell.level);
  const place = level.findIndex((other) => other.cell === cell);
  switch (key) {
    case "ArrowRight":
      return level[place + 1];
    case "ArrowLeft":
      return level[place - 1];
    case "ArrowDown":
      return all.find((other) => other.cell.tenant.parent === cell.tenant);
    case "ArrowUp":
      return all.find((other) => other.cell.tenant === cell.tenant.parent);
    case "Home":
      return level[0];
    case "End":
      return level.at(-1);
    default:
      return undefined;
  }
}
