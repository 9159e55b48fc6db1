// The page's statements with summaries and from the events, measured in turn.

import { ENDPOINTS, askOne } from "./endpoints.js";
import { html } from "./elements.js";
import { asCount } from "./numbers.js";
import { TITLES } from "./statements.js";

const TURNS = 3;
const WAYS = { summaries: "Summaries", events: "Events" };
const times = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 2 });

/** A button that measures, and the place for what it finds. */
export function compare(question, signal) {
  const progress = html("p", { role: "status", id: "comparison-progress" });
  const result = html("div", { id: "comparison-result" });
  const measure = async () => {
    if (button.ariaDisabled === "true") return;
    button.ariaDisabled = "true";
    result.replaceChildren();
    try {
      const found = await measured(question, signal, (turn) => {
        progress.textContent = `Measuring, turn ${turn} of ${TURNS}`;
      });
      progress.textContent = found.problem ? `This could not be measured. ${found.problem}` : verdict(found);
      if (!found.problem) result.replaceChildren(table(found), note(found));
    } catch (error) {
      // The page shows something else now.
      if (error.name !== "AbortError") throw error;
    } finally {
      button.ariaDisabled = "false";
    }
  };
  const title = "Measure with summaries and without";
  const button = html("button", { type: "button", id: "measure", click: measure }, title);
  const caption =
    `Asks for this page ${TURNS} times from summaries and ${TURNS} times from the events, in turn, ` +
    "and changes nothing.";
  return [html("p", { class: "caption" }, caption), button, progress, result];
}

/** The medians of each endpoint each way, what was read, and whether the answers were the same. */
async function measured(question, signal, told) {
  const found = { same: true, read: {} };
  const taken = {};
  for (let turn = 1; turn <= TURNS; turn += 1) {
    told(turn);
    for (const name of ENDPOINTS) {
      const rows = {};
      for (const way of Object.keys(WAYS)) {
        const answer = await askOne(name, { ...question, way }, signal);
        if (answer.problem) return answer;
        const { milliseconds, read } = answer.statements;
        ((taken[way] ??= {})[name] ??= []).push(milliseconds);
        (found.read[way] ??= {})[name] = read.what;
        rows[way] = answer.rows.map((row) => JSON.stringify(row)).sort();
      }
      found.same &&= JSON.stringify(rows.summaries) === JSON.stringify(rows.events);
    }
  }
  for (const way of Object.keys(WAYS)) {
    found[way] = Object.fromEntries(ENDPOINTS.map((name) => [name, median(taken[way][name])]));
    found[way].page = ENDPOINTS.reduce((sum, name) => sum + found[way][name], 0);
  }
  return found;
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

function verdict({ summaries, events }) {
  const ratio = events.page / summaries.page;
  if (ratio >= 1.05) return `With summaries this page was ${times.format(ratio)} times as fast as from the events.`;
  if (ratio <= 0.95) return `With summaries it took ${times.format(1 / ratio)} times as long as from the events.`;
  return "With summaries this page took as long as from the events.";
}

function table(found) {
  const row = (title, name) =>
    html(
      "tr",
      {},
      html("th", { scope: "row" }, title),
      ...Object.keys(WAYS).map((way) => html("td", {}, asCount(found[way][name]))),
    );
  return html(
    "table",
    { class: "costs" },
    html("caption", { class: "hidden" }, "Milliseconds of each endpoint with summaries and from the events"),
    html(
      "thead",
      {},
      html(
        "tr",
        {},
        html("th", { scope: "col" }, "Milliseconds"),
        ...Object.values(WAYS).map((title) => html("th", { scope: "col" }, title)),
      ),
    ),
    html("tbody", {}, ...ENDPOINTS.map((name) => row(TITLES[name], name))),
    html("tfoot", {}, row("The page", "page")),
  );
}

/** What the numbers are of. */
function note({ read, same }) {
  const elsewhere = ENDPOINTS.filter((name) => read.summaries[name] !== "summaries").map((name) => TITLES[name]);
  const lines = [
    `Medians of ${TURNS} turns just now, one statement at a time,`,
    "with tenant_metrics.engine = summaries and aggregate.",
    same ? "Both gave the same answers." : "The answers differed: the events changed meanwhile.",
  ];
  if (elsewhere.length) lines.push(`Not from summaries in either: ${elsewhere.join(", ")}.`);
  return html("p", { class: "caption" }, lines.join(" "));
}
