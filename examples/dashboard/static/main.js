// Reads the address, asks the endpoints, draws the figures.

import { addressOf, readAddress } from "./address.js";
import { drawBreadcrumb } from "./breadcrumb.js";
import { drawControls } from "./controls.js";
import { byId, html } from "./elements.js";
import { ask, askSummaries } from "./endpoints.js";
import { plant } from "./forest.js";
import { drawHeatMap } from "./heat-map.js";
import { drawIcicle } from "./icicle.js";
import { asPeriod, counted } from "./numbers.js";
import { drawSeries } from "./series.js";
import { drawStatements } from "./statements.js";
import { drawSummaries } from "./summaries.js";
import { drawTiles } from "./tiles.js";
import { timelineOf } from "./timeline.js";

const figures = byId("figures");
const problem = byId("problem");
let request = new AbortController();

/** Shows what the address asks for. */
async function show() {
  request.abort();
  request = new AbortController();
  const { signal } = request;
  const question = readAddress();
  document.body.dataset.state = "loading";
  figures.setAttribute("aria-busy", "true");
  byId("status").textContent = "Loading";
  try {
    draw(await ask(question, signal), question);
    figures.setAttribute("aria-busy", "false");
    performance.mark("shown");
    // Afterwards, so that it takes no time from what the page is about.
    if (problem.hidden) drawSummaries(await askSummaries(signal), question, signal);
  } catch (error) {
    // A newer question has taken over.
    if (error.name === "AbortError") return;
    throw error;
  }
  document.body.dataset.state = problem.hidden ? "ready" : "problem";
}

function change(some) {
  history.pushState(null, "", addressOf({ ...readAddress(), ...some }));
  show();
}

const go = (root) => change({ root });

function draw(answers, question) {
  const { tree, features, series } = answers;
  const failed = [tree, features, series].find((answer) => answer.problem);
  problem.hidden = !failed;
  figures.hidden = Boolean(failed);
  byId("statements").hidden = byId("summaries").hidden = Boolean(failed);
  if (failed) {
    complain(failed.problem, question);
    return;
  }
  const forest = plant(tree.rows, tree.asked.root);
  const timeline = timelineOf(series.rows, forest);
  drawBreadcrumb(forest.top, question, go);
  drawControls(question, series.asked, tree.extent, change);
  drawTiles(forest, timeline, tree.asked);
  drawIcicle(forest.top, go);
  drawSeries(timeline, series.asked.bucket);
  drawHeatMap(features.rows, forest, question, go);
  drawStatements(answers, question, change);
  remark(forest, tree);
}

/** What the figures leave out, and for screen readers what has changed. */
function remark({ top, inTree, stray }, { asked, rows }) {
  const period = asPeriod(asked.since, asked.until);
  byId("status").textContent = `${top.name}, ${counted(inTree.length, "tenant")}, ${period}`;
  byId("remarks")?.remove();
  const remarks = [];
  if (!rows.length) remarks.push("There are no tenants yet.");
  if (stray) remarks.push(`${counted(stray, "tenant")} on or below a cycle of parents not shown.`);
  if (remarks.length) figures.prepend(html("p", { id: "remarks", class: "note" }, remarks.join(" ")));
}

function complain(text, question) {
  byId("status").textContent = "";
  const again = html("button", { type: "button", click: show }, "Try again");
  const start = html("a", { href: location.pathname }, "Start with all tenants");
  problem.replaceChildren(
    html("h2", {}, "This cannot be shown"),
    html("p", {}, text),
    html("p", {}, again, " ", start),
  );
  const name = question.root ? `tenant ${question.root}` : "All tenants";
  drawBreadcrumb({ id: question.root, name }, question, go);
}

addEventListener("popstate", show);
show();
