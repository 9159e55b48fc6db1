// The three endpoints, asked at the same time.

import { parametersOf } from "./address.js";
import { daysBetween } from "./numbers.js";

const ENDPOINTS = ["tree", "features", "series"];
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
  const parameters = parametersOf({ ...question, bucket: question.bucket ?? suitableBucket(question) });
  const answers = await Promise.all(ENDPOINTS.map((name) => answerOf(name, parameters, signal)));
  return Object.fromEntries(ENDPOINTS.map((name, number) => [name, answers[number]]));
}

async function answerOf(name, parameters, signal) {
  let response, body;
  try {
    response = await fetch(`api/${name}?${parameters}`, { signal });
    body = await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return { problem: "The server of this page does not answer." };
  }
  if (!response.ok) return { problem: body.detail ?? response.statusText };
  const rows = body.rows.map((row) => Object.fromEntries(body.columns.map((column, n) => [column, row[n]])));
  return { ...body, rows };
}
