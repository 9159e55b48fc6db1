// The heat map: tenants by features, a table whose cells are shaded by cost.

import { addressOf, followLink } from "./address.js";
import { byId, html } from "./elements.js";
import { asCost, asShort, counted } from "./numbers.js";
import { valueClass } from "./scale.js";

const MOST_ROWS = 24;
const FEW_FEATURES = 6;

/** Draws the rows of the endpoint; `forest` says who is who. */
export function drawHeatMap(rows, forest, question, go) {
  const container = byId("heat-map");
  if (!rows.length) {
    container.replaceChildren(html("p", { class: "empty" }, "No feature was used here in this period."));
    return;
  }
  const costs = new Map();
  const totals = new Map();
  for (const { id, feature, cost } of rows) {
    if (!costs.has(id)) costs.set(id, new Map());
    costs.get(id).set(feature, cost);
    totals.set(feature, Math.max(totals.get(feature) ?? 0, cost));
  }
  const features = [...totals.keys()].sort((a, b) => totals.get(b) - totals.get(a));
  const { top } = forest;
  const children = top.children.filter((child) => costs.has(child.id));
  const shaded = children.length ? children : [top];
  const greatest = Math.max(...shaded.flatMap(({ id }) => [...costs.get(id).values()]));
  const body = shaded.slice(0, MOST_ROWS).map((tenant) => {
    const cells = features.map((feature) => shadedCell(tenant, feature, costs.get(tenant.id).get(feature), greatest));
    return html("tr", {}, heading(tenant, tenant !== top, question, go), ...cells);
  });
  if (children.length && costs.has(top.id)) body.unshift(sumRow(top, features, costs.get(top.id)));
  const names = features.map((feature) =>
    html("th", { scope: "col", title: feature ?? "no feature" }, featureName(feature)),
  );
  const table = html(
    "table",
    { class: "heat-map" },
    html("caption", { class: "hidden" }, "Cost of each feature, tenant by tenant, each with all tenants below it"),
    html("thead", {}, html("tr", {}, html("td", { class: features.length > FEW_FEATURES ? null : "roomy" }), ...names)),
    html("tbody", {}, ...body),
  );
  const hidden = shaded.length - MOST_ROWS;
  container.replaceChildren(table);
  if (hidden > 0)
    container.append(html("p", { class: "note" }, `${counted(hidden, "tenant")} with less cost not shown.`));
}

const featureName = (feature) => (feature === null ? html("em", {}, "no feature") : feature);

function shadedCell(tenant, feature, cost, greatest) {
  if (cost === undefined) return html("td", { class: "unused", title: "not used" }, "·");
  const title = `${tenant.name}, ${feature ?? "no feature"}: ${asCost(cost)}`;
  return html("td", { class: `step-${valueClass(cost, greatest)}`, title }, asShort(cost));
}

function heading(tenant, isLink, question, go) {
  if (!isLink) return html("th", { scope: "row" }, tenant.name);
  const href = addressOf({ ...question, root: tenant.id });
  const click = (event) => followLink(event, () => go(tenant.id));
  return html("th", { scope: "row" }, html("a", { href, click, title: tenant.name }, tenant.name));
}

// The root's own row holds the sums, which no shade could show next to their parts.
function sumRow(top, features, costs) {
  const cells = features.map((feature) => html("td", {}, costs.has(feature) ? asShort(costs.get(feature)) : "·"));
  return html("tr", { class: "sum" }, html("th", { scope: "row" }, "All of it"), ...cells);
}
