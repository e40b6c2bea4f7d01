// What the chosen filters select: a slice of the cube, the periods of it that lie in the chosen quarters, and sums.
const DIMENSIONS = ["segment", "region", "channel"];
const ALL = "*";
const SPAN = { month: 1, quarter: 3, year: 12 };
const quarters = data.quarters;
const choices = (dimension) => (data.dimensions[dimension] || []).map((item) => item.key);
const labelOf = (dimension, key) => (data.dimensions[dimension].find((item) => item.key === key) || { label: key }).label;

const everything = () => ({ segment: ALL, region: ALL, channel: ALL, from: quarters[0], to: quarters.at(-1) });
const isAll = (chosen) => Object.entries(everything()).every(([name, value]) => chosen[name] === value);
const monthNumber = (month) => Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1;
const quarterMonth = (quarter) => Number(quarter.slice(0, 4)) * 12 + 3 * (Number(quarter.at(-1)) - 1);
// a source without dates has no months, and nothing below is asked of it
const FIRST = data.months.length ? monthNumber(data.months[0]) : 0;
const LAST = data.months.length ? monthNumber(data.months.at(-1)) : 0;
const limits = (chosen) => (chosen.from ? [Math.max(quarterMonth(chosen.from), FIRST), Math.min(quarterMonth(chosen.to) + 2, LAST)] : [FIRST, LAST]);
const allDates = (chosen) => chosen.from === quarters[0] && chosen.to === quarters.at(-1);

const slice = (chosen, changed = {}) => {
  const place = { ...chosen, ...changed };
  return data.slices[DIMENSIONS.map((name) => place[name] || ALL).join("/")] || null;
};

// Places of the periods that lie whole in the chosen quarters (as far as there are data).
const within = (series, chosen) => {
  const [from, to] = limits(chosen);
  const places = [];
  series.start.forEach((start, place) => {
    const first = Math.max(monthNumber(start), FIRST);
    const last = Math.min(monthNumber(start) + SPAN[series.grain] - 1, LAST);
    if (first >= from && last <= to) places.push(place);
  });
  return places;
};
// Whether those periods leave out a part of the chosen quarters.
const leavesOut = (series, places, chosen) => {
  const [from, to] = limits(chosen);
  if (!places.length) return true;
  const end = Math.min(monthNumber(series.start[places.at(-1)]) + SPAN[series.grain] - 1, LAST);
  return Math.max(monthNumber(series.start[places[0]]), FIRST) > from || end < to;
};

// `masked` counts the periods left out; a sum of which nothing but noughts is known has no value.
const sum = (values, places) => {
  const known = places.map((place) => values[place]).filter((value) => value !== null);
  const value = known.reduce((a, b) => a + b, 0);
  const masked = places.length - known.length;
  return { value: masked && !value ? null : value, masked };
};
const plus = (sums) => {
  const value = sums.reduce((all, item) => all + (item.value ?? 0), 0);
  const masked = sums.reduce((all, item) => all + item.masked, 0);
  return { value: masked && !value ? null : value, masked };
};

// The last year of the chosen periods, and the year before it.
const yearPair = (series, places) => {
  const year = 12 / SPAN[series.grain];
  const now = places.slice(-year);
  const before = now.map((place) => place - year);
  return now.length && before[0] >= 0 ? { now, before } : null;
};
const compared = (series, places, measure) => {
  const pair = yearPair(series, places);
  if (!pair) return { none: "no year before" };
  const now = measure(pair.now);
  const before = measure(pair.before);
  if (now === null || before === null) return { none: "not comparable" };
  return before ? { now, before, ratio: now / before - 1 } : { none: "none the year before" };
};
const exact = (values) => (places) => {
  const found = sum(values, places);
  return found.masked ? null : found.value;
};

// Orders, revenue and customers of the chosen time: the slice's own total where that is all of it.
const totalOf = (part, name, places, chosen) =>
  allDates(chosen) && part.total ? { value: part.total[name], masked: 0 } : sum(part[name], places);

// Cohorts that have had time to come back, and the share of them that ordered in a quarter after their first.
const cohorts = (chosen) => {
  const part = slice(chosen, follows("retention", "channel") ? {} : { channel: ALL });
  return ((part && part.retention) || []).filter((row) => row.size && row.active.length > 1);
};
const cameBack = (rows, after = 1) => {
  const known = rows.filter((row) => row.active[after] !== undefined && row.active[after] !== null);
  const size = known.reduce((all, row) => all + row.size, 0);
  return size ? known.reduce((all, row) => all + row.active[after], 0) / size : null;
};

const campaignRows = (chosen, months = limits(chosen)) =>
  (data.campaigns || []).filter((row) => {
    if (!follows("campaigns", "dates")) return true;
    const start = quarterMonth(row.quarter);
    return start + 2 >= months[0] && start <= months[1];
  });
const returnOn = (rows) => {
  const cost = rows.reduce((all, row) => all + row.cost, 0);
  const revenue = rows.reduce((all, row) => all + row.revenue, 0);
  return { cost, revenue, value: cost > 0 ? revenue / cost - 1 : null };
};
const follows = (chart, filter) => (chart === "segments" && filter === "segment") || (data.applies[chart] || []).includes(filter);
const testRows = (chosen) => ((data.test && data.test.rows) || []).filter((row) => row.region === (follows("test", "region") ? chosen.region : ALL));
