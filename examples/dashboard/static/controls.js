// The period picker: lengths that end with the last day of usage, any two days,
// the size of a bucket, the zone whose days are meant.

import { suitableBucket } from "./endpoints.js";
import { byId, html } from "./elements.js";
import { addDays, daysBetween } from "./numbers.js";

const LENGTHS = [7, 30, 90];
const BUCKETS = ["hour", "day", "week", "month"];

/** Draws the picker for what was asked; `change({...})` asks something else. */
export function drawControls(question, asked, extent, change) {
  const form = byId("controls");
  const focused = form.contains(document.activeElement)
    ? document.activeElement.name || document.activeElement.id
    : null;
  form.onsubmit = (event) => event.preventDefault();
  form.replaceChildren(presets(asked, extent, change), days(asked, change), selects(question, asked, change));
  if (focused) (form.elements.namedItem(focused) ?? byId(focused))?.focus?.();
}

function presets(asked, extent, change) {
  const last = extent.until ?? asked.until;
  const choices = LENGTHS.map((length) => ({ name: `${length} days`, since: addDays(last, -length), until: last }));
  if (extent.first) choices.push({ name: "All", since: extent.first, until: extent.until });
  const buttons = choices.map(({ name, since, until }) => {
    const pressed = since === asked.since && until === asked.until;
    const click = () => change({ since, until, bucket: null });
    const id = `preset-${name.replace(" ", "-").toLowerCase()}`;
    return html("button", { type: "button", id, "aria-pressed": String(pressed), click }, name);
  });
  return html("div", { class: "segments", role: "group", "aria-label": "Length of the period" }, ...buttons);
}

function days(asked, change) {
  // Visitors name the last day; an interval of the database ends before its `until`.
  const last = addDays(asked.until, -1);
  const since = html("input", {
    type: "date",
    name: "since",
    "aria-label": "From this day",
    value: asked.since,
    max: last,
    required: true,
  });
  const until = html("input", {
    type: "date",
    name: "last",
    "aria-label": "to this day",
    value: last,
    min: asked.since,
    required: true,
  });
  const changed = () => {
    if (!since.value || !until.value) return;
    // The day that was touched is meant; the other one gives way.
    if (daysBetween(since.value, until.value) < 0) return;
    change({ since: since.value, until: addDays(until.value, 1), bucket: null });
  };
  since.addEventListener("change", changed);
  until.addEventListener("change", changed);
  return html("div", { class: "days" }, labelled("From", since), labelled("to", until));
}

function selects(question, asked, change) {
  const automatic = suitableBucket(asked);
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zones = [...new Set(["UTC", own, asked.tz])];
  const bucket = select("bucket", "Bars by", BUCKETS, question.bucket ?? automatic, (value) =>
    change({ since: asked.since, until: asked.until, bucket: value }),
  );
  const zone = select("tz", "Days in time zone", zones, asked.tz, (value) => change({ tz: value }));
  return html("div", { class: "selects" }, labelled("by", bucket), labelled("in", zone));
}

function select(name, title, values, chosen, changed) {
  const options = values.map((value) =>
    html("option", { value, selected: value === chosen }, value.replaceAll("_", " ")),
  );
  return html("select", { name, "aria-label": title, change: (event) => changed(event.target.value) }, ...options);
}

const labelled = (text, control) => html("label", {}, html("span", {}, text), control);
