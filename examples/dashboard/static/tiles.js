// The key figures, with their change against the period before.

import { byId, html } from "./elements.js";
import { asChange, asCost, asCount, asDifference, asPart, changeOf, counted, daysBetween } from "./numbers.js";

export function drawTiles(forest, timeline, { since, until }) {
  const { now, before } = timeline;
  const days = counted(daysBetween(since, until), "day");
  const against = before.events ? `vs ${days} before` : `no usage in the ${days} before`;
  const perThousand = ({ cost, events }) => (events ? (1000 * cost) / events : 0);
  byId("tiles").replaceChildren(
    tile("cost", "Cost", asCost(now.cost), changeOf(now.cost, before.cost), against),
    tile("events", "Events", asCount(now.events), changeOf(now.events, before.events), against),
    tile(
      ...["rate", "Cost of 1,000 events", now.events ? asCost(perThousand(now)) : "–"],
      ...[now.events ? changeOf(perThousand(now), perThousand(before)) : null, against],
    ),
    moverTile(timeline, days),
    adoptionTile(forest),
  );
}

function tile(name, title, value, change, note) {
  const difference = change === null ? null : html("b", { class: "change" }, `${arrow(change)} ${asChange(change)}`);
  return html(
    "li",
    { "data-tile": name },
    html("span", { class: "tile-title" }, title),
    html("span", { class: "tile-value", title: value }, value),
    html("span", { class: "tile-note" }, difference, difference ? ` ${note}` : note),
  );
}

// A rise in cost is neither good nor bad by itself, so arrows have no colour of their own.
const arrow = (change) => (Math.abs(change) < 0.0005 ? "=" : change > 0 ? "▲" : "▼");

function moverTile({ children, before }, days) {
  const moved = children
    .map((child) => ({ ...child, by: child.now.cost - child.before.cost }))
    .sort((a, b) => Math.abs(b.by) - Math.abs(a.by));
  const [most] = moved;
  if (!before.events) return tile("mover", "Changed most", "–", null, `no usage in the ${days} before`);
  if (!most || !most.by) return tile("mover", "Changed most", "–", null, "no tenant below changed");
  const note = `(${asDifference(most.by)}) vs ${days} before`;
  return tile("mover", "Changed most", most.tenant.name, changeOf(most.now.cost, most.before.cost), note);
}

function adoptionTile({ inTree }) {
  const rates = inTree.map((tenant) => tenant.adoption_rate).filter((rate) => rate !== null);
  const active = inTree.filter((tenant) => tenant.events > 0).length;
  const mean = rates.length ? rates.reduce((sum, rate) => sum + rate, 0) / rates.length : null;
  return tile(
    ...["adoption", inTree.length === 1 ? "Adoption" : "Average adoption", asPart(mean), null],
    `${asCount(active)} of ${counted(inTree.length, "tenant")} active`,
  );
}
