// How the summaries of the source stand, what they hold, and how they are turned on and off.

import { compare } from "./comparison.js";
import { byId, html } from "./elements.js";
import { counted } from "./numbers.js";

const FROM_EVENTS = "The answers are read from the events";
const OFF = ["To turn them off", "CALL tenant_metrics.disable_summaries();"];
const STATES = {
  none: {
    title: "None",
    text: () => `This source has no summaries. ${FROM_EVENTS}.`,
    commands: [["To turn them on", "CALL tenant_metrics.enable_summaries();"]],
  },
  current: {
    title: "Current",
    text: () => "They give the same answers as the events.",
    commands: [OFF],
  },
  building: {
    title: "Being built",
    text: ({ detail }) => `${detail} of the events are in them. ${FROM_EVENTS} until all are.`,
    commands: [OFF],
  },
  unfinished: {
    title: "Not built to the end",
    text: () => `Building them was interrupted. ${FROM_EVENTS} until it is done.`,
    commands: [["To go on", "CALL tenant_metrics.resume();"], OFF],
  },
  paused: {
    title: "Paused",
    text: () => `Nothing is stored, and changes are not captured. ${FROM_EVENTS}.`,
    commands: [["To make them anew", "CALL tenant_metrics.resume();"], OFF],
  },
  stale: {
    title: "Stale",
    text: ({ detail }) => `They are not used, because ${detail}. ${FROM_EVENTS} until they are made anew.`,
    commands: [["To make them anew", "CALL tenant_metrics.rebuild();"], OFF],
  },
  other: { title: "Not used", text: ({ detail }) => `They are not used: ${detail}.`, commands: [OFF] },
  unknown: { title: "Not known", text: ({ problem }) => `How they stand cannot be shown. ${problem}`, commands: [] },
};

/** Draws the section; `signal` ends what it still does when the page shows something else. */
export function drawSummaries(summaries, question, signal) {
  const { title, text, commands } = STATES[summaries.state] ?? STATES.other;
  const section = byId("summaries");
  section.dataset.state = summaries.state;
  section.replaceChildren(
    html("h2", { id: "summaries-title" }, "Summaries of the events"),
    html(
      "div",
      { class: "made" },
      html(
        "div",
        {},
        html("p", { class: "total" }, html("strong", { id: "summaries-state" }, title)),
        html("p", { id: "summaries-text" }, text(summaries)),
        ...stored(summaries),
        ...commands.flatMap(([purpose, sql]) => command(purpose, sql, summaries.usage)),
      ),
      html("div", { id: "comparison" }, ...comparison(summaries, question, signal)),
    ),
  );
}

function stored({ state, totals, copied, waiting, closed }) {
  if (state !== "current") return [];
  if (closed) {
    const text = `This page's role gets its answers from the events all the same: ${closed}.`;
    return [html("p", { id: "summaries-closed" }, text)];
  }
  const parts = [
    totals === null ? null : counted(totals, "total"),
    copied === null ? null : `a copy of ${counted(copied, "event")}`,
  ].filter(Boolean);
  const held = parts.length ? `They hold ${parts.join(" and ")}.` : "What they hold is not known.";
  return [html("p", { id: "summaries-stored" }, `${held} ${waits(waiting)}`)];
}

/** Their number is judged by their size on disk. */
function waits(events) {
  if (!events) return "No events wait to be folded in.";
  const verb = events === 1 ? "waits" : "wait";
  return `About ${counted(events, "event")} ${verb} to be folded in; the answers have them already.`;
}

function command(purpose, sql, usage) {
  const who = usage ? `, as the owner of ${usage}` : "";
  return [html("p", { class: "caption" }, `${purpose}${who}:`), html("pre", {}, html("code", {}, sql))];
}

function comparison({ state, closed }, question, signal) {
  if (state === "current" && !closed) return compare(question, signal);
  const why = {
    none: "With summaries, this page's time can be measured here beside its time from the events.",
    unknown: null,
  };
  const now = "There is no time with summaries to show now, because the answers come from the events.";
  const text = state in why ? why[state] : now;
  return text ? [html("p", { class: "caption" }, text)] : [];
}
