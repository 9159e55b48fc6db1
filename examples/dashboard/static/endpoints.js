// The three endpoints, asked at the same time or one by one, and that about summaries.

import { parametersOf } from "./address.js";
import { daysBetween } from "./numbers.js";

export const ENDPOINTS = ["tree", "features", "series"];
const LONGEST_BY_DAY = 62;
const LONGEST_BY_WEEK = 400;

/** The bucket that suits the length of a period. */
export function suitableBucket({ since, until }) {
  if (!since || !until) return "day";
  const days = daysBetween(since, until);
  if (days <= 2) return "hour";
  if (days <= LONGEST_BY_DAY) return "day";
  return days <= LONGEST_BY_WEEK ? "week" : "month";
}

/** The answers by the names of the endpoints; one that failed has `problem` instead of rows. */
export async function ask(question, signal) {
  const answers = await Promise.all(ENDPOINTS.map((name) => askOne(name, question, signal)));
  return Object.fromEntries(ENDPOINTS.map((name, number) => [name, answers[number]]));
}

/** The answer of one endpoint. */
export async function askOne(name, question, signal) {
  const parameters = parametersOf({ ...question, bucket: question.bucket ?? suitableBucket(question) });
  const body = await bodyOf(`api/${name}?${parameters}`, signal);
  if (body.problem) return body;
  const rows = body.rows.map((row) => Object.fromEntries(body.columns.map((column, n) => [column, row[n]])));
  return { ...body, rows };
}

/** How the summaries of the source stand. */
export async function askSummaries(signal) {
  const body = await bodyOf("api/summaries", signal);
  return body.state ? body : { state: "unknown", problem: body.problem };
}

async function bodyOf(address, signal) {
  let response, body;
  try {
    response = await fetch(address, { signal });
    body = await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return { problem: "The server of this page does not answer." };
  }
  return response.ok ? body : { problem: body.detail ?? response.statusText };
}
