// The rows of the series endpoint as bands of a stacked chart and as totals.

const MOST_BANDS = 6;

/**
 * buckets: local times; bands: {name, colour, values, total}, the greatest
 * first, then the children that get no colour, then the root's own cost;
 * now and before: cost and events of the period and of the one before;
 * children: {tenant, now, before} by cost.
 */
export function timelineOf(rows, { top, tenants }) {
  const buckets = [...new Set(rows.map((row) => row.bucket))].filter((bucket) => bucket !== null).sort();
  const place = new Map(buckets.map((bucket, number) => [bucket, number]));
  const series = new Map();
  for (const { id, bucket, cost, events } of rows) {
    if (!series.has(id)) series.set(id, { values: buckets.map(() => 0), now: nothing(), before: nothing() });
    const one = series.get(id);
    if (bucket !== null) one.values[place.get(bucket)] += cost;
    add(bucket === null ? one.before : one.now, { cost, events });
  }
  const children = [...series]
    .filter(([id]) => id !== top.id)
    .map(([id, one]) => ({ tenant: tenants.get(id) ?? { id, name: `tenant ${id}` }, ...one }))
    .sort((a, b) => b.now.cost - a.now.cost);
  const whole = series.get(top.id) ?? sumOf(children, buckets);
  return { buckets, children, now: whole.now, before: whole.before, bands: bandsOf(top, children, whole, buckets) };
}

const nothing = () => ({ cost: 0, events: 0 });

function add(totals, { cost, events }) {
  totals.cost += cost;
  totals.events += events;
}

function sumOf(parts, buckets) {
  const sum = { values: buckets.map(() => 0), now: nothing(), before: nothing() };
  for (const part of parts) {
    part.values.forEach((value, number) => (sum.values[number] += value));
    add(sum.now, part.now);
    add(sum.before, part.before);
  }
  return sum;
}

function bandsOf(top, children, whole, buckets) {
  const bands = children
    .slice(0, MOST_BANDS)
    .map(({ tenant, values, now }, number) => ({
      name: tenant.name,
      colour: `band-${number}`,
      values,
      total: now.cost,
    }));
  const others = children.slice(MOST_BANDS);
  if (others.length) {
    const { values, now } = sumOf(others, buckets);
    bands.push({ name: `${others.length} more`, colour: "band-others", values, total: now.cost });
  }
  if (top.id !== null) {
    const below = sumOf(children, buckets);
    const values = whole.values.map((value, number) => difference(value, below.values[number]));
    const total = difference(whole.now.cost, below.now.cost);
    const name = children.length ? `${top.name} itself` : top.name;
    bands.push({ name, colour: "band-own", values, total });
  }
  return bands;
}

// Of two nearly equal sums of doubles only the noise would be left.
const difference = (sum, part) => (Math.abs(sum - part) < 1e-9 * Math.abs(sum) ? 0 : sum - part);
