// The tiles above the charts: a number for the chosen time, and its change on the same months a year before.
const WHY = {
  retention: { dates: "each cohort is followed from its first order on" },
  campaigns: { segment: "their audiences are not these segments", region: "they are not split by region", channel: "their channels are not those of orders", dates: "they have none" },
  test: { segment: "its people are in no segment", region: "their region is not known", channel: "arms were given to people, not to orders", dates: "it is one test" },
  predicted: { region: "it is not known", channel: "a prediction is about a person, not an order", dates: "it looks ahead from the last day" },
};
const NAMES = { segment: "segment", region: "region", channel: "channel", dates: "dates" };
const notFollowed = (chart) => {
  const there = [...DIMENSIONS.filter((name) => data.dimensions[name]), ...(quarters.length ? ["dates"] : [])].filter((name) => !follows(chart, name));
  const isSet = (name) => (name === "dates" ? !allDates(chosen) : chosen[name] !== ALL);
  const said = WHY[chart] || {};
  return there.map((name, at) => ({ name: NAMES[name], set: isSet(name), words: `${at ? "" : "Not filtered by "}` + `${NAMES[name]}${said[name] ? ` (${said[name]})` : ""}${at === there.length - 1 ? "." : at === there.length - 2 ? " and" : ","}` }));
};
const filterWords = (chosen) => [
  ...DIMENSIONS.filter((name) => data.dimensions[name]).map((name) => (chosen[name] === ALL ? `all ${NAMES[name]}s` : labelOf(name, chosen[name]))),
  ...(quarters.length ? [allDates(chosen) ? "all dates" : `${quarterName(chosen.from)} to ${quarterName(chosen.to)}`] : []),
];

const tilesNote = (chosen) => {
  const part = slice(chosen);
  const places = part ? within(part, chosen) : [];
  const pair = part && yearPair(part, places);
  const titles = { retention: "Retained", campaigns: "Campaign return", test: "The test’s effect" };
  const unmoved = Object.entries(titles).filter(([chart]) => $(`[data-tile=${chart === "retention" ? "retained" : chart}]`))
    .map(([chart, title]) => [title, notFollowed(chart).filter((filter) => filter.set).map((filter) => filter.name)])
    .filter(([, filters]) => filters.length).map(([title, filters]) => ` ${title} does not follow ${listed(filters)}.`).join("");
  const partly = part && leavesOut(part, places, chosen) ? ` So few customers are counted by ${part.grain}: only whole ${part.grain}s of the chosen time are in these numbers.` : "";
  if (!pair) return `${partly}${unmoved}`.trim();
  const name = (at) => periodName(part.start[at], part.grain);
  const stretch = (list) => (list.length > 1 ? `${name(list[0])} to ${name(list.at(-1))}` : name(list[0]));
  return `Arrows compare ${stretch(pair.now)} with ${stretch(pair.before)}.${partly}${unmoved}`;
};

const tilesOf = (chosen) => {
  const part = slice(chosen);
  const places = part ? within(part, chosen) : [];
  const grain = part ? part.grain : "month";
  const change = (measure, points) => {
    if (!places.length) return { note: "" };
    const found = compared(part, places, measure);
    if (found.none) return { note: found.none };
    const step = points ? found.now - found.before : found.ratio;
    const text = percent(Math.abs(step));
    if (Math.abs(step) < 0.005) return { note: "no change" };
    return { note: text, way: step > 0 ? "good" : "bad", up: step > 0 };
  };
  const bound = (total, write) => (total.value === null ? { number: hidden(total) } : { bound: total.masked ? "at least" : "", number: write(total.value) });
  const none = { number: "–", note: "" };
  const tile = (title, name, write, measure) =>
    part && places.length ? { name: title, ...bound(name === "new_customers" ? newCustomers(places) : totalOf(part, name, places, chosen), write), ...change(measure) } : { ...none, name: title, number: part ? "–" : write(0) };
  // all who ever bought in a slice without a channel came new in it; first orders may be less masked than newcomers
  const newCustomers = (at) => {
    if (allDates(chosen) && chosen.channel === ALL && part.total) return { value: part.total.customers, masked: 0 };
    const found = sum(part.new_customers, at);
    const first = part.frequency;
    if (!found.masked || !first) return found;
    const years = within(first, chosen);
    const other = leavesOut(first, years, chosen) ? found : sum(first.orders[0], years);
    return !other.masked || (other.value ?? 0) > (found.value ?? 0) ? other : found;
  };
  const known = (values) => places.filter((place) => values[place] !== null);
  const average = (at) => {
    const shown = at.filter((place) => part.orders[place] !== null && part.revenue[place] !== null);
    const orders = sum(part.orders, shown).value;
    return orders ? sum(part.revenue, shown).value / orders : null;
  };
  const buyers = (at) => {
    const shown = at.filter((place) => part.buyers[place] !== null);
    return shown.length ? sum(part.buyers, shown).value / shown.length : null;
  };
  const whole = (values, measure) => (at) => (at.every((place) => values[place] !== null) ? measure(at) : null);
  const mean = part && places.length ? average(places) : null;
  const busy = part && places.length ? buyers(places) : null;
  return {
    revenue: tile("Revenue", "revenue", money, part && exact(part.revenue)),
    orders: tile("Orders", "orders", count, part && exact(part.orders)),
    average: mean === null ? { ...none, name: "Average order" } : { name: "Average order", number: money(mean), ...change(whole(part.orders, average)) },
    new_customers: tile("New customers", "new_customers", count, part && exact(part.new_customers)),
    buyers: busy === null ? { ...none, name: "Buyers a month" } : { name: `Buyers a ${grain}`, bound: known(part.buyers).length < places.length ? "where shown" : "", number: grouped(busy, busy < 10 ? 1 : 0), ...change(whole(part.buyers, buyers)) },
    retained: retainedTile(chosen),
    campaigns: campaignTile(chosen),
    test: testTile(chosen),
  };
};

const points = (step) => (Math.abs(step) < 0.005 ? { note: "no change" } : { note: several(Math.round(100 * Math.abs(step)), "point"), way: step > 0 ? "good" : "bad", up: step > 0 });
const retainedTile = (chosen) => {
  const name = "Retained";
  const rows = cohorts(chosen);
  const value = cameBack(rows);
  if (value === null) return { name, number: "masked", note: "" };
  const [now, before] = [rows.at(-1), rows.at(-2)].map((row) => (row ? cameBack([row]) : null));
  if (now === null || before === null) return { name, number: percent(value), note: "of new customers" };
  const step = points(now - before);
  return { name, number: percent(value), ...step, note: `${step.note}, ${rows.at(-1).cohort}` };
};
const campaignTile = (chosen) => {
  const name = "Campaign return";
  const found = returnOn(campaignRows(chosen));
  if (found.value === null) return { name, number: "–", note: "no campaign here" };
  const number = signed(percent(found.value), found.value);
  const end = limits(chosen)[1];
  const start = Math.max(limits(chosen)[0], end - 11);
  const [now, before] = [returnOn(campaignRows(chosen, [start, end])).value, start - 12 >= FIRST ? returnOn(campaignRows(chosen, [start - 12, end - 12])).value : null];
  return { name, number, ...(now === null || before === null ? { note: "on cost" } : points(now - before)) };
};
const testTile = (chosen) => {
  const rows = testRows(chosen);
  if (!rows.length) return { name: "Test", number: "–", note: "" };
  const arm = (rows.find((row) => row.segment === ALL) || rows[0]).arm;
  const found = rows.find((row) => row.arm === arm && row.segment === (follows("test", "segment") ? chosen.segment : ALL));
  const name = `Effect: ${(found || rows[0]).label}`;
  if (!found || found.lift_pct === null || found.lift_pct === undefined) return { name, number: FEW, note: "in an arm" };
  if (!Number.isFinite(found.low_pct)) return { name, number: "–", note: "too little to tell" };
  return { name, number: `${signed(grouped(found.lift_pct, 1), found.lift_pct)}${NBSP}%`, note: `${grouped(found.low_pct, 1)} to ${grouped(found.high_pct, 1)}` };
};
