// A headless browser and pages in it that may complain of nothing.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

// Machines differ; a test that waits this long has found a page that never comes.
const PATIENCE = 120_000;

let browser;
before(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, timeout: PATIENCE });
});
after(() => browser?.close());

/** What psql says, by the names that test_page.py gives. */
export const psql = JSON.parse(readFileSync(process.env.EXPECTED, "utf8"));

/** The addresses of the servers. */
export const DEMO = process.env.DEMO_PAGE;
export const ODD = process.env.ODD_PAGE;
export const EMPTY = process.env.EMPTY_PAGE;
export const SUMMARIES = process.env.SUMMARIES_PAGE;
export const FILTERED = process.env.FILTERED_PAGE;
export const OLD = process.env.OLD_PAGE;

/** A test in a browser window of its own; `expected` are complaints of the console that must come, and no others. */
export function inBrowser(name, run, { expected = [], ...options } = {}) {
  test(name, async () => {
    const context = await browser.newContext({
      ...{ locale: "en-US", timezoneId: "UTC", viewport: { width: 1280, height: 900 } },
      ...options,
    });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (["error", "warning", "assert"].includes(message.type())) complaints.push(message.text());
    });
    try {
      await run(page, context);
      assert.equal(complaints.length, expected.length, complaints.join("\n"));
      expected.forEach((pattern, number) => assert.match(complaints[number], pattern));
    } finally {
      await context.close();
    }
  });
}

/** Waits until the page shows what its address says, or that it cannot. */
export async function settled(page, state = "ready") {
  await page.waitForSelector(`body[data-state="${state}"]`);
}

export async function visit(page, url, state = "ready") {
  await page.goto(url);
  await settled(page, state);
}

/** Does something that asks the endpoints again, and waits for what they say. */
export async function changing(page, act) {
  // Until the page begins to load, the old state would be taken for the new one.
  await page.evaluate(() => (document.body.dataset.state = "old"));
  await act();
  await settled(page);
}

export const text = (page, selector) => page.locator(selector).innerText();

/** A key figure's value, and its note without the line breaks. */
export async function tile(page, name) {
  const value = await text(page, `[data-tile="${name}"] .tile-value`);
  const note = await text(page, `[data-tile="${name}"] .tile-note`);
  return { value, note: note.replaceAll(/\s+/g, " ") };
}

const cost = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const count = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
export const asCost = (value) => cost.format(value);
export const asCount = (value) => count.format(value);
export const asPart = (value) => `${Math.round(100 * value)}%`;

/** A change in per cent with one digit, and its arrow. */
export function asChange(now, before) {
  const change = (100 * (now - before)) / before;
  const sign = change > 0 ? "+" : "-";
  return `${change > 0 ? "▲" : "▼"} ${sign}${Math.abs(change).toFixed(1)}%`;
}

/** The sums of [events, cost] of all tenants in a series of psql: of the period, and of the one before. */
export function totals(series) {
  const sums = { now: { events: 0, cost: 0 }, before: { events: 0, cost: 0 } };
  for (const buckets of Object.values(series)) {
    for (const [bucket, [events, cost]] of Object.entries(buckets)) {
      const sum = bucket === "before" ? sums.before : sums.now;
      sum.events += events;
      sum.cost += cost;
    }
  }
  return sums;
}
