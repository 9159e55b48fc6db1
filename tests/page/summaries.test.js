// How the page tells about summaries, and the times that it measures.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { after, beforeEach } from "node:test";
import { changing, FILTERED, inBrowser, OLD, SUMMARIES, text, visit } from "./browser.js";

const PSQL = JSON.parse(process.env.SUMMARIES_PSQL);
const TURNS = 3;
const ENDPOINTS = ["tree", "features", "series"];
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

const sql = (...statements) => execFileSync(PSQL[0], [...PSQL.slice(1), ...statements.flatMap((each) => ["-c", each])]);
const enable = () => sql("CALL tenant_metrics.enable_summaries()");
const clean = () => sql(process.env.SUMMARIES_CLEAN);
const write = (events) =>
  sql(`INSERT INTO ai_feature_usage (tenant_id, feature_name, inference_cost, created_at)
       SELECT 5, 'written', 0.5, '2026-10-05' FROM generate_series(1, ${events})`);

beforeEach(clean);
after(clean);

const sources = (page) => page.locator("#statements .costs tbody .word").allInnerTexts();
const commands = (page) => page.locator("#summaries pre").allInnerTexts();
const measureButton = (page) => page.getByRole("button", { name: "Measure with summaries and without" });

async function assertFits(page) {
  const { width } = page.viewportSize();
  const content = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(content <= width, `${content} pixels in ${width}`);
}

async function measure(page) {
  await measureButton(page).press("Enter");
  await page.waitForSelector("#comparison-result table");
}

/** What is said of summaries in this state; there is nothing to measure. */
async function assertUnused(page, title, words) {
  assert.equal(await text(page, "#summaries-state"), title);
  assert.match(await text(page, "#summaries-text"), words);
  assert.equal(await measureButton(page).count(), 0);
  assert.equal(await page.locator("#summaries-stored").count(), 0);
  assert.ok((await sources(page)).every((source) => source === "events"));
}

/** Puts the words of a server with other summaries in the place of this one's. */
const saying = (page, said) => page.route("**/api/summaries", (route) => route.fulfill({ json: said }));

inBrowser("a source without summaries", async (page) => {
  await visit(page, SUMMARIES);
  await assertUnused(page, "None", /no summaries\. The answers are read from the events/);
  assert.deepEqual(await commands(page), ["CALL tenant_metrics.enable_summaries();"]);
  assert.match(await text(page, "#comparison"), /can be measured here/);
});

inBrowser("current summaries, and events that wait", async (page) => {
  enable();
  await visit(page, SUMMARIES);
  assert.equal(await text(page, "#summaries-state"), "Current");
  const stored = /^They hold [\d,]+ totals and a copy of 20,000 events\. /;
  assert.match(await text(page, "#summaries-stored"), stored);
  assert.match(await text(page, "#summaries-stored"), /No events wait/);
  assert.deepEqual(await sources(page), ["summaries", "summaries", "summaries"]);
  assert.deepEqual(await commands(page), ["CALL tenant_metrics.disable_summaries();"]);
  write(1);
  await visit(page, SUMMARIES);
  assert.match(await text(page, "#summaries-stored"), /About 1 event waits/);
  write(20_000);
  await visit(page, SUMMARIES);
  assert.match(await text(page, "#summaries-stored"), /About [\d,]{5,} events wait/);
  assert.equal(await text(page, "#summaries-state"), "Current");
});

inBrowser("stale summaries say why", async (page) => {
  enable();
  sql("ALTER TABLE ai_feature_usage DISABLE TRIGGER ALL", "ALTER TABLE ai_feature_usage ENABLE TRIGGER ALL");
  await visit(page, SUMMARIES);
  await assertUnused(page, "Stale", /because a trigger of the summaries is, or was, missing or disabled\./);
  assert.equal((await commands(page))[0], "CALL tenant_metrics.rebuild();");
  // The command does what the page says of it.
  sql((await commands(page))[0]);
  await visit(page, SUMMARIES);
  assert.equal(await text(page, "#summaries-state"), "Current");
});

inBrowser("paused summaries", async (page) => {
  enable();
  sql("CALL tenant_metrics.pause()");
  await visit(page, SUMMARIES);
  await assertUnused(page, "Paused", /changes are not captured/);
  assert.equal((await commands(page))[0], "CALL tenant_metrics.resume();");
  sql((await commands(page))[0]);
  await visit(page, SUMMARIES);
  assert.equal(await text(page, "#summaries-state"), "Current");
});

inBrowser("summaries that are being built, and others that were interrupted", async (page) => {
  await saying(page, { state: "building", detail: "43 %", usage: "ai_feature_usage" });
  await visit(page, SUMMARIES);
  await assertUnused(page, "Being built", /^43 % of the events are in them/);
  await page.unroute("**/api/summaries");
  await saying(page, { state: "unfinished", usage: "ai_feature_usage" });
  await visit(page, SUMMARIES);
  await assertUnused(page, "Not built to the end", /interrupted/);
  assert.equal((await commands(page))[0], "CALL tenant_metrics.resume();");
});

inBrowser("the times with summaries beside those from the events", async (page) => {
  enable();
  await visit(page, SUMMARIES);
  const taken = { summaries: {}, events: {} };
  const asked = [];
  page.on("response", async (response) => {
    const url = new URL(response.url());
    const [name, way] = [url.pathname.split("/").pop(), url.searchParams.get("way")];
    asked.push(`${name} ${way}`);
    const { statements } = await response.json();
    (taken[way][name] ??= []).push(statements.milliseconds);
    assert.equal(statements.read.what, way);
  });
  await measureButton(page).focus();
  await measure(page);
  const turn = ENDPOINTS.flatMap((name) => [`${name} summaries`, `${name} events`]);
  assert.deepEqual(asked, Array.from({ length: TURNS }, () => turn).flat());
  const medians = ["summaries", "events"].map((way) =>
    ENDPOINTS.map((name) => taken[way][name].sort((a, b) => a - b)[Math.floor(TURNS / 2)]),
  );
  const rows = await page.locator("#comparison tbody tr, #comparison tfoot tr").evaluateAll((all) =>
    all.map((row) => [...row.querySelectorAll("td")].map((cell) => Number(cell.innerText.replaceAll(",", "")))),
  );
  const sums = medians.map((each) => each.reduce((sum, one) => sum + one, 0));
  const expected = [...ENDPOINTS.map((_, number) => medians.map((each) => each[number])), sums];
  assert.deepEqual(rows, expected.map((row) => row.map((value) => Math.round(value))));
  const ratio = sums[1] / sums[0];
  const said = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 2 });
  const verdict = await text(page, "#comparison-progress");
  if (ratio >= 1.05) assert.ok(verdict.includes(`${said.format(ratio)} times as fast`), verdict);
  else if (ratio <= 0.95) assert.ok(verdict.includes(`${said.format(1 / ratio)} times as long`), verdict);
  else assert.match(verdict, /took as long/);
  assert.match(await text(page, "#comparison-result"), /Medians of 3 turns.*Both gave the same answers\.$/);
  // The focus stays where it was, and what the page showed before too.
  assert.equal(await page.evaluate(() => document.activeElement.id), "measure");
  assert.equal(await text(page, "#statement-count"), "3");
});

inBrowser("answers that differ, and one that was not read from summaries", async (page) => {
  enable();
  await visit(page, SUMMARIES);
  await page.route("**/api/features*way=events", async (route) => {
    const body = await (await route.fetch()).json();
    await route.fulfill({ json: { ...body, rows: body.rows.slice(1) } });
  });
  await page.route("**/api/series*way=summaries", async (route) => {
    const body = await (await route.fetch()).json();
    body.statements.read.what = "events";
    await route.fulfill({ json: body });
  });
  await measure(page);
  assert.match(await text(page, "#comparison-result"), /The answers differed/);
  assert.match(await text(page, "#comparison-result"), /Not from summaries in either: Cost in time\.$/);
});

inBrowser("a measurement ends where the page shows something else", async (page) => {
  enable();
  await visit(page, SUMMARIES);
  let asked = 0;
  await page.route("**/api/*way=summaries", async (route) => {
    asked += 1;
    await new Promise((resolve) => setTimeout(resolve, 500));
    await route.continue().catch(() => {});
  });
  await measureButton(page).click();
  await page.getByText("Measuring, turn 1 of 3").waitFor();
  await changing(page, () => page.locator("#icicle g.cell[data-tenant='3']").click());
  const before = asked;
  await page.waitForTimeout(1500);
  assert.equal(asked, before);
  assert.equal(await text(page, "#comparison-progress"), "");
});

inBrowser(
  "a measurement that fails says why",
  async (page) => {
    enable();
    await visit(page, SUMMARIES);
    await page.route("**/api/*way=events", (route) => route.abort());
    await measureButton(page).click();
    await page.getByText("This could not be measured.").waitFor();
    assert.match(await text(page, "#comparison-progress"), /The server of this page does not answer\.$/);
    assert.equal(await page.locator("#comparison-result table").count(), 0);
  },
  { expected: [/ERR_FAILED/] },
);

inBrowser("a role whose rows are filtered", async (page) => {
  enable();
  await visit(page, FILTERED);
  assert.equal(await text(page, "#summaries-state"), "Current");
  assert.match(await text(page, "#summaries-closed"), /from the events all the same: row-level security applies/);
  assert.deepEqual(await sources(page), ["events", "events", "events"]);
  assert.equal(await measureButton(page).count(), 0);
});

inBrowser("a version that knows no summaries", async (page) => {
  await visit(page, OLD);
  assert.equal(await text(page, "#summaries-state"), "Not known");
  assert.match(await text(page, "#summaries-text"), /cannot be shown\. The installed version .* knows no/);
  assert.deepEqual(await commands(page), []);
  assert.deepEqual(await sources(page), ["not known", "not known", "not known"]);
  assert.match(await text(page, "#told-by"), /^What was read is not known\. The installed version/);
});

inBrowser(
  "the figures are there where summaries cannot be asked about",
  async (page) => {
    await page.route("**/api/summaries", (route) => route.abort());
    await visit(page, SUMMARIES);
    assert.match(await text(page, "#summaries-text"), /cannot be shown\. The server of this page does not answer\./);
    assert.ok(await page.locator("#icicle svg").isVisible());
  },
  { expected: [/ERR_FAILED/] },
);

inBrowser("the ORM reads events, whatever there is", async (page) => {
  enable();
  await visit(page, `${SUMMARIES}?way=orm`);
  assert.deepEqual(await sources(page), ["events", "summaries", "summaries"]);
});

for (const [name, options] of Object.entries({
  "summaries-phone": phone,
  "summaries-phone-dark": { ...phone, colorScheme: "dark" },
  "summaries-desktop": { viewport: { width: 1440, height: 900 } },
  "summaries-forced-colours": { forcedColors: "active" },
})) {
  inBrowser(
    `${name}: fits in every state, and is kept as a picture`,
    async (page) => {
      const reason = "partitions of the usage table were attached, detached, truncated or rewritten";
      const usage = `a_schema_with_a_long_name.${"a_long_name_".repeat(5)}`;
      for (const said of [
        { state: "none", usage },
        { state: "stale", detail: reason, usage },
        { state: "unknown", problem: `The database says: permission denied for table ${usage}.` },
      ]) {
        await saying(page, said);
        await visit(page, SUMMARIES);
        await assertFits(page);
        await page.unroute("**/api/summaries");
      }
      enable();
      await visit(page, SUMMARIES);
      await measure(page);
      await assertFits(page);
      const file = path.join(process.env.ARTEFACTS, `${name}.png`);
      await page.screenshot({ path: file, fullPage: true });
    },
    options,
  );
}
