// How the page was made: statements, milliseconds, what they read, the SQL, and the ORM's way to compare with.

import { byId, html } from "./elements.js";
import { asCount, counted } from "./numbers.js";

export const TITLES = { tree: "Tree and adoption", features: "Features", series: "Cost in time" };
// What an answer was read from, as explain() tells afterwards.
const SOURCES = { summaries: "summaries", events: "events", "look-ups": "look-ups", kept: "kept totals" };
const seen = { question: null, readers: null, orm: null };

/** Draws the panel for the answers of the three endpoints. */
export function drawStatements(answers, question, change) {
  const made = Object.entries(answers).filter(([, answer]) => answer.statements);
  const way = question.way ?? "readers";
  const total = {
    count: made.reduce((sum, [, { statements }]) => sum + statements.count, 0),
    milliseconds: made.reduce((sum, [, { statements }]) => sum + statements.milliseconds, 0),
  };
  remember(question, way, total);
  const panel = byId("statements");
  const shown = [...panel.querySelectorAll("details[open]")].map((details) => details.dataset.endpoint);
  const open = new Set(panel.hasChildNodes() ? shown : ["tree"]);
  const focused = panel.contains(document.activeElement) ? document.activeElement.id : null;
  panel.replaceChildren(
    html(
      "div",
      { class: "heading" },
      html("h2", { id: "statements-title" }, "How this page was made"),
      toggle(way, change),
    ),
    html(
      "div",
      { class: "made" },
      html("div", {}, ...comparison(way, total), table(made, total), toldBy(made)),
      html("div", {}, ...made.map(([name, { statements }]) => sqlOf(name, statements, open.has(name)))),
    ),
  );
  if (focused) byId(focused)?.focus();
}

// The two ways are compared only where they answered the same question.
function remember(question, way, total) {
  const key = JSON.stringify({ ...question, way: null });
  if (key !== seen.question) Object.assign(seen, { question: key, readers: null, orm: null });
  seen[way] = total;
}

function toggle(way, change) {
  const checked = way === "orm";
  const input = html("input", {
    ...{ type: "checkbox", role: "switch", id: "way", checked },
    change: () => change({ way: checked ? null : "orm" }),
  });
  return html("label", { class: "switch" }, input, html("span", {}, "Ask as an ORM does, tenant by tenant (N+1)"));
}

function comparison(way, total) {
  const lines = [
    html(
      "p",
      { class: "total" },
      html("strong", { id: "statement-count" }, asCount(total.count)),
      ` statement${total.count === 1 ? "" : "s"}, `,
      html("strong", {}, asCount(total.milliseconds)),
      " ms",
    ),
  ];
  const other = way === "orm" ? seen.readers : seen.orm;
  if (!other) return lines;
  const who = way === "orm" ? "With the extension's readers" : "As an ORM does";
  const text = `${who}, the same page took ${counted(other.count, "statement")} and ${asCount(other.milliseconds)} ms.`;
  return [...lines, html("p", { class: "caption", id: "other-way" }, text)];
}

/** Where the last column comes from, or why it does not. */
function toldBy(made) {
  const problem = made.map(([, { statements }]) => statements.read.problem).find(Boolean);
  const text = problem
    ? `What was read is not known. ${problem}`
    : "What was read is asked of tenant_metrics.explain() afterwards, which is not counted.";
  return html("p", { class: "caption", id: "told-by" }, text);
}

function table(made, total) {
  const row = (name, { count, milliseconds, read }) =>
    html(
      "tr",
      {},
      html("th", { scope: "row" }, name),
      html("td", {}, asCount(count)),
      html("td", {}, asCount(milliseconds)),
      html("td", { class: "word" }, read ? (SOURCES[read.what] ?? "not known") : ""),
    );
  return html(
    "table",
    { class: "costs" },
    html("caption", { class: "hidden" }, "Statements and milliseconds of each endpoint, and what it read"),
    html(
      "thead",
      {},
      html(
        "tr",
        {},
        html("td"),
        html("th", { scope: "col" }, "Statements"),
        html("th", { scope: "col" }, "Milliseconds"),
        html("th", { scope: "col", class: "word" }, "Read from"),
      ),
    ),
    html("tbody", {}, ...made.map(([name, { statements }]) => row(TITLES[name], statements))),
    html("tfoot", {}, row("The page", total)),
  );
}

function sqlOf(name, { sent }, isOpen) {
  const blocks = sent.flatMap(({ sql, times, parameters }) => {
    const bound = Object.entries(parameters).map(([parameter, value]) => `${parameter} = ${value}`);
    const often = times === 1 ? "Sent once" : `Sent ${asCount(times)} times, the first time`;
    const caption = `${often} with ${bound.join(", ") || "no parameters"}`;
    return [html("p", { class: "caption" }, caption), html("pre", {}, html("code", {}, sql))];
  });
  return html(
    "details",
    { "data-endpoint": name, open: isOpen },
    html("summary", {}, `SQL: ${TITLES[name]}`),
    ...blocks,
  );
}
