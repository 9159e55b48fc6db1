// Every number that the page shows of the default period is the one that psql finds.

import assert from "node:assert/strict";
import { asChange, asCost, asCount, asPart, DEMO, inBrowser, psql, text, tile, totals, visit } from "./browser.js";

const { tree, features, series } = psql.all;
const roots = Object.values(tree).filter((tenant) => tenant.depth === 0);
const total = roots.reduce((sum, root) => sum + root.subtree_cost, 0);

inBrowser("the key figures", async (page) => {
  await visit(page, DEMO);
  const { now, before } = totals(series);
  assert.deepEqual(await tile(page, "cost"), {
    value: asCost(total),
    note: `${asChange(now.cost, before.cost)} vs 30 days before`,
  });
  assert.deepEqual(await tile(page, "events"), {
    value: asCount(now.events),
    note: `${asChange(now.events, before.events)} vs 30 days before`,
  });
  assert.equal((await tile(page, "rate")).value, asCost((1000 * now.cost) / now.events));
  const tenants = Object.values(tree);
  const mean = tenants.reduce((sum, tenant) => sum + tenant.adoption_rate, 0) / tenants.length;
  const active = tenants.filter((tenant) => tenant.events > 0).length;
  assert.deepEqual(await tile(page, "adoption"), {
    value: asPart(mean),
    note: `${asCount(active)} of ${asCount(tenants.length)} tenants active`,
  });
});

inBrowser("the tenant that changed most", async (page) => {
  await visit(page, DEMO);
  const changes = Object.entries(series).map(([id, buckets]) => {
    const { now, before } = totals({ [id]: buckets });
    return { id, now: now.cost, before: before.cost, by: now.cost - before.cost };
  });
  const most = changes.sort((a, b) => Math.abs(b.by) - Math.abs(a.by))[0];
  const by = `${most.by > 0 ? "+" : "-"}${asCost(Math.abs(most.by))}`;
  assert.deepEqual(await tile(page, "mover"), {
    value: tree[most.id].name,
    note: `${asChange(most.now, most.before)} (${by}) vs 30 days before`,
  });
});

/** The drawn cells: tenant, label, class and the place of the rectangle. */
const cellsOf = (page) =>
  page.locator("#icicle g.cell").evaluateAll((cells) =>
    cells.map((cell) => {
      const box = cell.querySelector("rect");
      const [x, y, width] = ["x", "y", "width"].map((side) => Number(box.getAttribute(side)));
      const step = cell.getAttribute("class").match(/step-(\w+)/)[1];
      return { id: cell.dataset.tenant, label: cell.getAttribute("aria-label"), step, x, y, width };
    }),
  );

inBrowser("the icicle: labels and fill", async (page) => {
  await visit(page, DEMO);
  const [top, ...cells] = await cellsOf(page);
  assert.equal(top.label, `All tenants, cost ${asCost(total)}, 1,000 tenants below`);
  for (const { id, label, step } of cells) {
    const tenant = tree[id];
    const below = tenant.descendants
      ? `, ${asCount(tenant.descendants)} tenant${tenant.descendants === 1 ? "" : "s"} below`
      : "";
    const adoption = `adoption ${asPart(tenant.adoption_rate)}`;
    assert.equal(label, `${tenant.name}, cost ${asCost(tenant.subtree_cost)}, ${adoption}${below}`);
    assert.equal(Number(step), Math.ceil((5 * tenant.features_used) / 9), label);
  }
});

inBrowser("the icicle: widths are costs, gaps are own costs, nothing is thinner than a pixel", async (page) => {
  await visit(page, DEMO);
  const [top, ...cells] = await cellsOf(page);
  const perCost = (top.width + 1) / total;
  const rows = [...new Set(cells.map((cell) => cell.y))].sort((a, b) => a - b);
  for (const { id, y, width } of cells) {
    assert.ok(width >= 1, id);
    const ideal = tree[id].subtree_cost * perCost;
    assert.ok(Math.abs(width - ideal) <= 1.01, `${id}: ${width} instead of ${ideal}`);
    assert.equal(rows.indexOf(y), tree[id].depth);
  }
  // All roots and their children can be seen; of the leaves only those that have room.
  const drawn = new Set(cells.map((cell) => cell.id));
  const visible = Object.values(tree).filter((tenant) => tenant.subtree_cost * perCost >= 1);
  assert.deepEqual([...drawn].sort(), visible.map((tenant) => tenant.id).sort());
  for (const root of roots) {
    const place = cells.find((cell) => cell.id === root.id);
    const children = cells.filter((cell) => tree[cell.id].parent_id === root.id);
    const end = Math.max(...children.map((child) => child.x + child.width));
    const gap = place.x + place.width - end;
    assert.ok(Math.abs(gap - root.cost * perCost) <= 2, `${root.id}: ${gap}`);
  }
  const hidden = asCount(1000 - cells.length);
  assert.match(await text(page, "#icicle .note"), new RegExp(`^${hidden} tenants are too narrow to draw`));
});

inBrowser("the heat map", async (page) => {
  await visit(page, DEMO);
  const rows = await page.locator(".heat-map tbody tr").evaluateAll((all) =>
    all.map((row) => ({
      name: row.querySelector("th").innerText,
      cells: [...row.querySelectorAll("td")].map((cell) => ({ title: cell.title, text: cell.innerText })),
    })),
  );
  const names = await page.locator(".heat-map thead th").evaluateAll((all) => all.map((each) => each.title));
  const byCost = [...roots].sort((a, b) => b.subtree_cost - a.subtree_cost);
  assert.deepEqual(
    rows.map((row) => row.name),
    byCost.map((root) => root.name),
  );
  assert.equal(names.length, 9);
  rows.forEach(({ name, cells }, row) => {
    cells.forEach(({ title, text }, column) => {
      const [, cost] = features[byCost[row].id][names[column]];
      assert.equal(title, `${name}, ${names[column]}: ${asCost(cost)}`);
      assert.ok(Math.abs(Number(text) - cost) <= Math.max(0.005, cost * 0.005), `${title}: ${text}`);
    });
  });
});

inBrowser("cost in time", async (page) => {
  await visit(page, DEMO);
  const legend = await page.locator("#series-legend li").allInnerTexts();
  const byCost = [...roots].sort((a, b) => b.subtree_cost - a.subtree_cost);
  const others = byCost.slice(6).reduce((sum, root) => sum + root.subtree_cost, 0);
  assert.deepEqual(
    legend.map((line) => line.replaceAll(/\s+/g, " ").trim()),
    [...byCost.slice(0, 6).map((root) => `${root.name} ${asCost(root.subtree_cost)}`), `4 more ${asCost(others)}`],
  );
  const labels = await page.locator("#series g.bar").evaluateAll((bars) => bars.map((bar) => bar.ariaLabel));
  assert.equal(labels.length, 30);
  labels.forEach((label, number) => {
    const day = new Date(Date.UTC(2026, 8, 28 + number)).toISOString().slice(0, 19);
    const cost = Object.values(series).reduce((sum, buckets) => sum + (buckets[day]?.[1] ?? 0), 0);
    const largest = `${byCost[0].name} ${asCost(series[byCost[0].id][day][1])}`;
    assert.ok(label.includes(`: ${asCost(cost)} – ${largest} · `), `${day}: ${label}`);
  });
});
