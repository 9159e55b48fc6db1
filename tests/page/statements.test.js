// The panel that tells how the page was made.

import assert from "node:assert/strict";
import { changing, DEMO, inBrowser, text, visit } from "./browser.js";

const endpoints = (page) => page.locator("#statements .costs tbody td:nth-child(2)").allInnerTexts();
const tiles = (page) => page.locator("#tiles").innerText();
const labels = (page) =>
  page.locator("#icicle g.cell").evaluateAll((cells) => cells.map((cell) => cell.getAttribute("aria-label")));

inBrowser("1,001 statements of an ORM become one", async (page) => {
  await visit(page, DEMO);
  assert.equal(await text(page, "#statement-count"), "3");
  assert.deepEqual(await endpoints(page), ["1", "1", "1"]);
  const shown = [await tiles(page), await labels(page)];
  const way = page.getByRole("switch");
  await changing(page, () => way.check());
  assert.deepEqual(await endpoints(page), ["1,001", "1", "1"]);
  assert.equal(await text(page, "#statement-count"), "1,003");
  assert.match(await text(page, "#other-way"), /took 3 statements/);
  // The numbers are the same, whichever way they were asked for.
  assert.deepEqual([await tiles(page), await labels(page)], shown);
  assert.equal(await page.evaluate(() => document.activeElement.id), "way");
  await changing(page, () => way.press("Space"));
  assert.equal(await text(page, "#statement-count"), "3");
  assert.match(await text(page, "#other-way"), /took 1,003 statements/);
});

inBrowser("the SQL that was sent can be read", async (page) => {
  await visit(page, `${DEMO}?root=3`);
  const readers = ["tenant_dashboard(", "tenant_feature_matrix(", "tenant_usage_series_for("];
  const details = page.locator("#statements details");
  assert.equal(await details.count(), 3);
  for (const [number, reader] of readers.entries()) {
    const one = details.nth(number);
    if ((await one.getAttribute("open")) === null) await one.locator("summary").click();
    assert.ok((await one.locator("pre").innerText()).includes(reader));
    assert.match(await one.locator(".caption").innerText(), /^Sent once with .*root = 3/);
  }
});
