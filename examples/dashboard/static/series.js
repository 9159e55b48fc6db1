// Cost in time, a stacked bar for each bucket.

import { byId, html, svg } from "./elements.js";
import { asBucket, asCost, asShort, asWholeBucket } from "./numbers.js";

const HEIGHT = 240;
const MARGIN = { top: 10, right: 4, bottom: 24, left: 46 };
const LABEL_WIDTH = 64;

const container = byId("series");
let drawing = null;

export function drawSeries(timeline, bucket) {
  drawing = { ...timeline, bucket };
  const bands = draw() ? timeline.bands : [];
  describe(null);
  const keys = bands.map(({ name, colour, total }) =>
    html(
      "li",
      { class: "key" },
      html("i", { class: `swatch ${colour}` }),
      html("span", { class: "name", title: name }, name),
      ` ${asCost(total)}`,
    ),
  );
  byId("series-legend").replaceChildren(...keys);
}

new ResizeObserver(() => {
  const width = container.clientWidth;
  // It has none while it is hidden, or the window being made.
  if (drawing && width && width !== drawing.width) draw();
}).observe(container);

function draw() {
  const { buckets, bands, bucket, now } = drawing;
  if (!buckets.length || !now.events) {
    container.replaceChildren(html("p", { class: "empty" }, "No usage here in this period."));
    return false;
  }
  const width = container.clientWidth;
  drawing.width = width;
  const room = { x: Math.max(0, width - MARGIN.left - MARGIN.right), y: HEIGHT - MARGIN.top - MARGIN.bottom };
  const sums = buckets.map((_, number) => bands.reduce((sum, band) => sum + Math.max(0, band.values[number]), 0));
  const { greatest, ticks } = axis(Math.max(...sums));
  const y = (value) => MARGIN.top + room.y * (1 - value / greatest);
  const step = room.x / buckets.length;
  const bars = buckets.map((local, number) => bar(local, number, { x: MARGIN.left + number * step, step, y }));
  bars[0].setAttribute("tabindex", "0");
  const chart = svg(
    "svg",
    {
      ...{ width, height: HEIGHT, role: "group", "aria-label": `Cost by ${bucket}, arrow keys move` },
      ...{ keydown: onKey, focusin: onPoint, pointerover: onPoint, pointerleave: () => describe(null) },
    },
    ...ticks.map((value) => tick(value, y(value), width)),
    ...bars,
    ...labels(buckets, bucket, step, width),
  );
  container.replaceChildren(chart);
  return true;
}

/** A round number not below the greatest value, and the ticks up to it. */
function axis(value) {
  if (!(value > 0)) return { greatest: 1, ticks: [0] };
  const power = 10 ** Math.floor(Math.log10(value / 4));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size * 4 >= value);
  const number = Math.ceil(value / step);
  return { greatest: step * number, ticks: Array.from({ length: number + 1 }, (_, n) => n * step) };
}

function tick(value, y, width) {
  return svg(
    "g",
    { class: "tick", "aria-hidden": "true" },
    svg("line", { x1: MARGIN.left, x2: width, y1: y, y2: y }),
    svg("text", { x: MARGIN.left - 8, y: y + 4, "text-anchor": "end" }, asShort(value)),
  );
}

function bar(local, number, { x, step, y }) {
  const gap = step > 6 ? 2 : step > 3 ? 1 : 0;
  let sum = 0;
  const parts = drawing.bands.map(({ values, colour }) => {
    const from = y(sum);
    sum += Math.max(0, values[number]);
    return svg("rect", { class: colour, x, y: y(sum), width: Math.max(0.5, step - gap), height: from - y(sum) });
  });
  // The whole height answers to the pointer, however low the bar is.
  const ground = svg("rect", { class: "ground", x, y: MARGIN.top, width: step, height: y(0) - MARGIN.top });
  const element = svg(
    "g",
    { class: "bar", role: "img", tabindex: "-1", "aria-label": sentence(number) },
    ground,
    ...parts,
  );
  element.number = number;
  return element;
}

function labels(buckets, bucket, step, width) {
  const every = Math.max(1, Math.ceil(LABEL_WIDTH / step));
  return buckets
    .map((local, number) => ({ local, number, x: MARGIN.left + (number + 0.5) * step }))
    .filter(({ number, x }) => number % every === 0 && x < width - LABEL_WIDTH / 3)
    .map(({ local, x }) => {
      const place = { x, y: HEIGHT - 6, class: "bucket", "text-anchor": "middle", "aria-hidden": "true" };
      return svg("text", place, asBucket(local, bucket));
    });
}

/** What a bucket holds, in words. */
function sentence(number) {
  const { buckets, bands, bucket } = drawing;
  const parts = bands.filter((band) => band.values[number] !== 0);
  const sum = parts.reduce((total, band) => total + band.values[number], 0);
  const named = parts.map((band) => `${band.name} ${asCost(band.values[number])}`);
  return `${asWholeBucket(buckets[number], bucket)}: ${asCost(sum)}${named.length > 1 ? ` – ${named.join(" · ")}` : ""}`;
}

function describe(number) {
  const idle = drawing.now.events ? `Stacked by tenant, by ${drawing.bucket}.` : "";
  byId("series-readout").textContent = number === null ? idle : sentence(number);
}

const barOf = (event) => event.target.closest?.("g.bar") ?? null;

function onPoint(event) {
  const element = barOf(event);
  if (element) describe(element.number);
}

function onKey(event) {
  const element = barOf(event);
  const bars = [...container.querySelectorAll("g.bar")];
  const goal = {
    ...{ ArrowRight: element?.number + 1, ArrowLeft: element?.number - 1 },
    ...{ Home: 0, End: bars.length - 1 },
  }[event.key];
  if (!element || !bars[goal]) return;
  event.preventDefault();
  element.setAttribute("tabindex", "-1");
  bars[goal].setAttribute("tabindex", "0");
  bars[goal].focus();
}
