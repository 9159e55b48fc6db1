// How numbers, days and changes are written, in the language of the browser.

const LANGUAGE = undefined;
const count = new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 0 });
const cost = new Intl.NumberFormat(LANGUAGE, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const compact = new Intl.NumberFormat(LANGUAGE, { notation: "compact", maximumSignificantDigits: 3 });
const rounded = new Intl.NumberFormat(LANGUAGE, { maximumSignificantDigits: 3 });
const part = new Intl.NumberFormat(LANGUAGE, { style: "percent", maximumFractionDigits: 0 });
const change = new Intl.NumberFormat(LANGUAGE, {
  style: "percent",
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
  signDisplay: "exceptZero",
});
const difference = new Intl.NumberFormat(LANGUAGE, {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
  signDisplay: "exceptZero",
});

export const asCount = (value) => count.format(value);
export const asCost = (value) => cost.format(value);
/** A cost where there is little room: three digits, and never more than two decimals. */
export function asShort(value) {
  if (Math.abs(value) >= 1000) return compact.format(value);
  return Math.abs(value) >= 1 || value === 0 ? rounded.format(value) : cost.format(value);
}
export const asPart = (value) => (value === null ? "–" : part.format(value));
export const asChange = (value) => change.format(value);
export const asDifference = (value) => difference.format(value);

/** A count with its noun: 1 tenant, 2 tenants. */
export const counted = (number, noun) => `${asCount(number)} ${noun}${number === 1 ? "" : "s"}`;

/** The part that a change is of what was before; null where that says nothing. */
export const changeOf = (now, before) => (before > 0 ? (now - before) / before : null);

// Days and local times of the database carry no zone; read and written as UTC they stay what they are.
const zone = { timeZone: "UTC" };
const day = new Intl.DateTimeFormat(LANGUAGE, { ...zone, day: "numeric", month: "short" });
const dayOfYear = new Intl.DateTimeFormat(LANGUAGE, { ...zone, day: "numeric", month: "short", year: "numeric" });
const weekday = new Intl.DateTimeFormat(LANGUAGE, { ...zone, weekday: "short", day: "numeric", month: "short" });
const month = new Intl.DateTimeFormat(LANGUAGE, { ...zone, month: "short", year: "numeric" });
const hour = new Intl.DateTimeFormat(LANGUAGE, { ...zone, day: "numeric", month: "short", hour: "numeric" });

const utc = (local) => new Date(local.length === 10 ? local : `${local}Z`);

/** A bucket where there is little room, and in full. */
export function asBucket(local, bucket) {
  return { hour, day, week: day, month }[bucket].format(utc(local));
}
export function asWholeBucket(local, bucket) {
  if (bucket === "week") return `Week of ${dayOfYear.format(utc(local))}`;
  return { hour, day: weekday, month }[bucket].format(utc(local));
}

/** The days of [since, until), both named. */
export function asPeriod(since, until) {
  return dayOfYear.formatRange(utc(since), utc(addDays(until, -1)));
}

/** A day, some days later; both are texts like 2026-10-28. */
export function addDays(text, days) {
  const date = utc(text);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

export const daysBetween = (since, until) => Math.round((utc(until) - utc(since)) / 86_400_000);
