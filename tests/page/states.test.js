// Names that are markup, tenants that have no place, nothing to show, and nothing to be had.

import assert from "node:assert/strict";
import { changing, DEMO, EMPTY, inBrowser, ODD, text, tile, visit } from "./browser.js";

const IMAGE = '<img src="nowhere" onerror="window.injected = 1">';
const SCRIPT = "</title><script>window.injected = 2</script>";
const BOLD = '<b onmouseover="window.injected = 3">bold</b>';

async function assertNothingInjected(page) {
  assert.equal(await page.evaluate(() => window.injected), undefined);
  assert.equal(await page.locator("main img, main script, main b:not(.change), nav img, nav script").count(), 0);
}

inBrowser("names are text wherever they stand", async (page) => {
  await visit(page, ODD);
  await assertNothingInjected(page);
  const cell = page.locator("#icicle g.cell[data-tenant='1']");
  assert.ok((await cell.getAttribute("aria-label")).startsWith(`${IMAGE}, cost 14.75`));
  await changing(page, () => cell.click());
  await assertNothingInjected(page);
  assert.equal(await text(page, "h1"), IMAGE);
  assert.equal(await page.title(), `${IMAGE} – Tenants`);
  const heads = page.locator(".heat-map thead th");
  assert.deepEqual(await heads.evaluateAll((all) => all.map((each) => each.title)), [
    "chat",
    BOLD,
    "no feature",
    "search",
  ]);
  assert.ok((await page.locator("#series-legend").innerText()).includes(SCRIPT));
  await heads.nth(1).hover();
  await changing(page, () => page.locator("#icicle g.cell[data-tenant='2']").click());
  assert.deepEqual(await page.locator("#breadcrumb li").allInnerTexts(), ["All tenants", IMAGE, SCRIPT]);
  await assertNothingInjected(page);
});

inBrowser("an id beyond what a double holds", async (page) => {
  await visit(page, ODD);
  await changing(page, () => page.locator("#icicle g.cell[data-tenant='9007199254740993']").click());
  assert.equal(new URL(page.url()).searchParams.get("root"), "9007199254740993");
  assert.equal(await text(page, "h1"), "beyond a double");
  assert.equal((await tile(page, "cost")).value, "5.00");
});

inBrowser("what is not drawn is said", async (page) => {
  await visit(page, ODD);
  assert.match(await text(page, "#remarks"), /^3 tenants on or below a cycle/);
  // Orphans are roots; tenants on a cycle count in no tile.
  assert.equal((await tile(page, "cost")).value, "21.75");
  assert.equal(await page.locator("#icicle g.cell[data-tenant='4']").count(), 1);
  assert.equal(await page.locator("#icicle g.cell[data-tenant='5']").count(), 0);
});

inBrowser("a tenant that never used anything", async (page) => {
  await visit(page, `${ODD}?root=8`);
  assert.equal((await tile(page, "cost")).value, "0.00");
  assert.match(await text(page, "#icicle .note"), /^Nothing was spent/);
  assert.match(await text(page, "#series"), /^No usage/);
  assert.match(await text(page, "#heat-map"), /^No feature/);
});

inBrowser("tables without rows", async (page) => {
  await visit(page, EMPTY);
  assert.match(await text(page, "#remarks"), /no tenants yet/);
  assert.equal((await tile(page, "events")).value, "0");
  assert.equal(await page.getByRole("button", { name: "All" }).count(), 0);
});

inBrowser(
  "an unknown tenant",
  async (page) => {
    await visit(page, `${DEMO}?root=424242`, "problem");
    const problem = page.getByRole("alert");
    assert.match(await problem.innerText(), /There is no tenant 424242, or you may not see it\./);
    assert.ok(await page.locator("#figures").isHidden());
    await page.getByRole("link", { name: "Start with all tenants" }).click();
    await page.waitForSelector('body[data-state="ready"]');
    assert.ok(await problem.isHidden());
  },
  { expected: [/404/] },
);

inBrowser(
  "a server that does not answer, and then does",
  async (page) => {
    await page.route("**/api/series*", (route) => route.abort());
    await visit(page, DEMO, "problem");
    assert.match(await text(page, "#problem"), /does not answer/);
    await page.unroute("**/api/series*");
    await changing(page, () => page.getByRole("button", { name: "Try again" }).click());
    assert.ok(await page.locator("#figures").isVisible());
  },
  { expected: [/ERR_FAILED/] },
);

inBrowser("the last of several quick questions is answered", async (page) => {
  await visit(page, DEMO);
  // The answers to the first question come late.
  await page.route("**/api/*root=3*", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await route.continue().catch(() => {});
  });
  await page.locator("#icicle g.cell[data-tenant='3']").click();
  await changing(page, () => page.locator("#icicle g.cell[data-tenant='7']").click());
  await page.waitForTimeout(2000);
  assert.equal(await text(page, "h1"), "tenant 7");
});

inBrowser("a place that has no width for a while", async (page) => {
  await visit(page, DEMO);
  const widths = () =>
    page.locator("#icicle > svg, #series > svg").evaluateAll((all) => all.map((svg) => Number(svg.getAttribute("width"))));
  const before = await widths();
  assert.ok(before.length === 2 && before.every((width) => width > 100), String(before));
  const main = (style) => page.locator("main").evaluate((element, style) => (element.style = style), style);
  for (const style of ["display: none", "width: 0", "width: 30px; overflow: hidden"]) {
    await main(style);
    // Drawn now, as if an answer had come, and again when there is room.
    await changing(page, () => page.evaluate(() => window.dispatchEvent(new PopStateEvent("popstate"))));
    await main("");
    await page.waitForFunction(
      (before) => document.querySelector("#series > svg")?.getAttribute("width") === String(before),
      before[1],
    );
    assert.deepEqual(await widths(), before, style);
  }
});
