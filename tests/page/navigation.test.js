// Looking into a tenant and coming back, with the pointer, the keyboard and the browser's history.

import assert from "node:assert/strict";
import { asCost, changing, DEMO, inBrowser, psql, text, tile, totals, visit } from "./browser.js";

const { tree } = psql.all;
const children = (id) =>
  Object.values(tree)
    .filter((tenant) => tenant.parent_id === id)
    .sort((a, b) => b.subtree_cost - a.subtree_cost);

const cell = (page, id) => page.locator(`#icicle g.cell[data-tenant="${id}"]`);
const root = (page) => new URL(page.url()).searchParams.get("root");
const crumbs = (page) => page.locator("#breadcrumb li").allInnerTexts();
const focused = (page) => page.evaluate(() => document.activeElement.dataset?.tenant);

async function assertShows(page, id) {
  const tenant = tree[id];
  assert.equal(root(page), id);
  assert.equal(await text(page, "h1"), tenant.name);
  assert.equal((await tile(page, "cost")).value, asCost(tenant.subtree_cost));
}

async function assertShowsAll(page) {
  assert.equal(root(page), null);
  assert.equal(await text(page, "h1"), "All tenants");
  assert.equal((await tile(page, "cost")).value, asCost(totals(psql.all.series).now.cost));
}

inBrowser("a click makes a tenant the root, and its numbers are psql's", async (page) => {
  await visit(page, DEMO);
  await changing(page, () => cell(page, "3").click());
  await assertShows(page, "3");
  const { now } = totals({ 3: psql.root.series["3"] });
  assert.equal((await tile(page, "cost")).value, asCost(now.cost));
  const shown = await page.locator(".heat-map tbody th").allInnerTexts();
  assert.deepEqual(shown, ["All of it", ...children("3").map((child) => child.name)]);
  // What the children leave of the root's cost is its own.
  const own = (await page.locator("#series-legend li").last().innerText()).replaceAll(/\s+/g, " ").trim();
  assert.equal(own, `${tree["3"].name} itself ${asCost(tree["3"].cost)}`);
  assert.equal(await text(page, "#statement-count"), "3");
});

inBrowser("the breadcrumb and the browser's buttons go back", async (page) => {
  const child = children("3")[0];
  await visit(page, DEMO);
  await changing(page, () => cell(page, "3").click());
  await changing(page, () => cell(page, child.id).click());
  await assertShows(page, child.id);
  assert.deepEqual(await crumbs(page), ["All tenants", tree["3"].name, child.name]);
  await changing(page, () => page.getByRole("link", { name: tree["3"].name, exact: true }).click());
  await assertShows(page, "3");
  await changing(page, () => page.goBack());
  await assertShows(page, child.id);
  await changing(page, () => page.goBack());
  await changing(page, () => page.goBack());
  await assertShowsAll(page);
  await changing(page, () => page.goForward());
  await assertShows(page, "3");
  await changing(page, () => page.getByRole("link", { name: "All tenants" }).click());
  await assertShowsAll(page);
});

inBrowser("a link leads to the same page, with the way up to all tenants", async (page) => {
  const leaf = children(children("3")[0].id)[0];
  await visit(page, `${DEMO}?root=${leaf.id}`);
  await assertShows(page, leaf.id);
  assert.deepEqual(await crumbs(page), ["All tenants", tree["3"].name, tree[leaf.parent_id].name, leaf.name]);
});

inBrowser("a row of the heat map leads into its tenant", async (page) => {
  await visit(page, DEMO);
  await changing(page, () => page.locator(".heat-map").getByRole("link", { name: "tenant 7", exact: true }).click());
  await assertShows(page, "7");
});

inBrowser("the keyboard walks through the icicle", async (page) => {
  const [first, second] = Object.values(tree)
    .filter((tenant) => tenant.depth === 0)
    .sort((a, b) => b.subtree_cost - a.subtree_cost);
  await visit(page, DEMO);
  for (let turn = 0; (await focused(page)) !== "all"; turn += 1) {
    assert.ok(turn < 30, "Tab does not lead to the icicle");
    await page.keyboard.press("Tab");
  }
  const steps = [
    ["ArrowDown", first.id],
    ["ArrowRight", second.id],
    ["ArrowDown", children(second.id)[0].id],
    ["ArrowRight", children(second.id)[1].id],
    ["ArrowUp", second.id],
    ["ArrowLeft", first.id],
    ["Home", first.id],
    ["ArrowUp", "all"],
    ["ArrowUp", "all"],
    ["ArrowDown", first.id],
  ];
  for (const [key, id] of steps) {
    await page.keyboard.press(key);
    assert.equal(await focused(page), id, key);
  }
  assert.ok((await text(page, "#icicle-readout")).startsWith(first.name));
  // The ring can be seen, and lies around the cell that has the focus.
  const ring = page.locator("#ring");
  assert.equal(await ring.getAttribute("visibility"), "visible");
  assert.equal(await ring.getAttribute("x"), await cell(page, first.id).locator("rect").getAttribute("x"));

  await changing(page, () => page.keyboard.press("Enter"));
  await assertShows(page, first.id);
  assert.equal(await focused(page), first.id);
  await page.keyboard.press("ArrowDown");
  await changing(page, () => page.keyboard.press("Space"));
  await assertShows(page, children(first.id)[0].id);
  await changing(page, () => page.keyboard.press("Escape"));
  await assertShows(page, first.id);
  await changing(page, () => page.keyboard.press("Escape"));
  await assertShowsAll(page);
});

inBrowser("arrow keys walk through the days", async (page) => {
  await visit(page, DEMO);
  await page.locator("#series g.bar[tabindex='0']").focus();
  await page.keyboard.press("ArrowRight");
  assert.match(await text(page, "#series-readout"), /^Tue, Sep 29: /);
  await page.keyboard.press("End");
  assert.match(await text(page, "#series-readout"), /^Tue, Oct 27: /);
});

inBrowser("the period picker", async (page) => {
  await visit(page, DEMO);
  const { now } = totals(psql.week.series);
  await changing(page, () => page.getByRole("button", { name: "7 days" }).click());
  assert.equal((await tile(page, "cost")).value, asCost(now.cost));
  assert.equal(new URL(page.url()).search, "?since=2026-10-21&until=2026-10-28");
  assert.equal(await page.getByRole("button", { name: "7 days" }).getAttribute("aria-pressed"), "true");
  // Visitors name the last day, which belongs to the period.
  assert.equal(await page.getByLabel("to this day").inputValue(), "2026-10-27");
  await changing(page, () => page.getByLabel("From this day").fill("2026-09-28"));
  await assertShowsAll(page);
  await changing(page, () => page.getByRole("button", { name: "All" }).click());
  assert.equal(await page.getByLabel("Bars by").inputValue(), "week");
  assert.match((await tile(page, "cost")).note, /no usage in the 300 days before/);
  await changing(page, () => page.getByLabel("Bars by").selectOption("month"));
  assert.equal(await page.locator("#series g.bar").count(), 10);
  await changing(page, () => page.goBack());
  await changing(page, () => page.goBack());
  await assertShowsAll(page);
});
