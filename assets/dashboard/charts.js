// What each chart shows under the chosen filters: a sentence, rows for Vega, and the same as a table.
// The table is made when it is looked at. `empty` stands in the chart's place where there is nothing to draw.
const time = (month) => Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)) - 1, 1);
const UNITS = { month: "month", quarter: "quarter", year: "year" };
const tooFew = (series) =>
  series && series.grain !== "month"
    ? `So few customers are counted by ${series.grain} only: choose a longer stretch of time.`
    : "No orders here.";
const fade = (key, chosen) => (chosen === ALL || key === chosen ? 1 : 0.28);
const who = (chosen) => (chosen.segment === ALL ? "customers" : labelOf("segment", chosen.segment));
const upOrDown = (ratio) => (Math.abs(ratio) < 0.005 ? "is level with the year before" : `is ${ratio > 0 ? "up" : "down"} ${percent(Math.abs(ratio))} on the year before`);

const CHARTS = {
  sales(chosen) {
    const part = slice(chosen);
    const places = part ? within(part, chosen) : [];
    if (!places.length) return { title: "Sales", empty: tooFew(part) };
    const total = totalOf(part, "revenue", places, chosen);
    const year = 12 / SPAN[part.grain];
    const change = compared(part, places, exact(part.revenue));
    const long = places.length > year;
    const rows = [];
    const dots = places.length <= 24;
    const last = { now: null, before: null };
    const add = (series, place, at) => {
      const value = at >= 0 ? part.revenue[at] : null;
      const alone = value !== null && (part.revenue[at - 1] ?? null) === null && (part.revenue[at + 1] ?? null) === null;
      const name = periodName(part.start[place], part.grain);
      const before = place - year >= 0 ? part.revenue[place - year] : undefined;
      const words = before === undefined ? "" : `; a year before ${before === null ? FEW + " customers" : money(before)}`;
      rows.push({ t: time(part.start[place]), series, value, dot: dots || alone, tip: `${name}: ${part.revenue[place] === null ? FEW + " customers" : money(part.revenue[place])}${words}` });
      if (value !== null) last[series] = rows.at(-1);
    };
    for (const place of places) {
      if (place - year >= 0) add("before", place, place - year);
      add("now", place, place);
    }
    if (last.now) last.now.label = long ? "revenue" : part.start[places.at(-1)].slice(0, 4);
    if (last.before && last.now) {
      const top = Math.max(...rows.map((row) => row.value || 0));
      const near = last.before.t === last.now.t && Math.abs(last.before.value - last.now.value) < top / 16;
      if (!near) last.before.label = long ? "year before" : String(Number(part.start[places.at(-1)].slice(0, 4)) - 1);
    }
    const sentence = change.none
      ? `Revenue: ${bounded(total, money)} in ${several(places.length, UNITS[part.grain])}`
      : long
        ? `Revenue of the last 12 months ${upOrDown(change.ratio)}`
        : `Revenue ${upOrDown(change.ratio)}: ${bounded(total, money)}`;
    return {
      title: sentence,
      about: `By ${UNITS[part.grain]}, with the year before in grey${leavesOut(part, places, chosen) ? `; only whole ${UNITS[part.grain]}s of the chosen time` : ""}${total.masked ? `; gaps are ${UNITS[part.grain]}s with ${FEW} customers` : ""}.`,
      rows,
      columns: [capital(UNITS[part.grain]), "Revenue", "A year before", "Orders", "Buyers", "New customers"],
      table: () => places.map((place) => [
        periodName(part.start[place], part.grain),
        ...[[part.revenue, place, money], [part.revenue, place - year, money], [part.orders, place, count], [part.buyers, place, count], [part.new_customers, place, count]]
          .map(([values, at, write]) => (at < 0 ? "" : values[at] === null ? FEW : cell(values[at], write(values[at])))),
      ]),
    };
  },

  segments(chosen) {
    const once = (value) => ({ value, masked: value === null ? 1 : 0 });
    const found = choices("segment").map((key, place) => {
      // without orders and their dates, what each customer spent in all
      if (data.sums) return { key, place, total: once(data.sums[place].revenue), orders: once(data.sums[place].orders), size: data.sums[place].customers };
      const part = slice(chosen, { segment: key });
      const places = part ? within(part, chosen) : [];
      const none = { value: part ? null : 0, masked: part ? 2 : 0 };
      const [total, orders] = ["revenue", "orders"].map((name) => (part && places.length ? totalOf(part, name, places, chosen) : none));
      return { key, place, part, total, orders, size: part ? part.total && part.total.customers : 0 };
    });
    const covered = found.find((item) => item.part && within(item.part, chosen).length);
    if (!covered && !data.sums) return { title: "Revenue by segment", empty: tooFew((found.find((item) => item.part) || {}).part) };
    const partly = covered && leavesOut(covered.part, within(covered.part, chosen), chosen) ? `; only whole ${covered.part.grain}s` : "";
    const all = plus(found.map((item) => item.total));
    const people = plus(found.map((item) => once(item.size)));
    const focus = found.find((item) => item.key === chosen.segment) || found.reduce((a, b) => ((b.total.value || 0) > (a.total.value || 0) ? b : a));
    const rough = all.masked || people.masked ? "about " : "";
    const name = labelOf("segment", focus.key);
    return {
      title: focus.total.value && all.value
        ? `${name}: ${focus.size && people.value ? `${rough}${percent(focus.size / people.value)} of customers, ` : ""}${rough}${percent(focus.total.value / all.value)} of revenue`
        : `${name}: so few customers that revenue is masked`,
      about: `Revenue, and how many customers the segment has in all${partly}. Select a bar to filter everything.`,
      rows: found.map((item) => {
        const words = item.total.value === null ? hidden(item.total) : `${brief(item.total, money)} · ${item.size === null ? `< ${data.shop.smallest_group}` : count(item.size)}`;
        return { key: item.key, name: labelOf("segment", item.key), value: item.total.value ?? 0, colour: `var(--segment-${item.place + 1})`, strength: fade(item.key, chosen.segment), label: words,
          tip: `${labelOf("segment", item.key)}: ${bounded(item.total, money)} from ${bounded(item.orders, count)} orders; ${item.size === null ? FEW : count(item.size)} customers` };
      }),
      columns: ["Segment", "Customers", "Revenue", "Orders"],
      table: () => found.map((item) => [labelOf("segment", item.key), item.size === null ? FEW : cell(item.size, count(item.size)), boundedCell(item.total, money), boundedCell(item.orders, count)]),
    };
  },

  retention(chosen) {
    const rows = cohorts(chosen);
    if (!rows.length) return { title: "Who came back", empty: "So few customers here that who came back is masked." };
    const back = cameBack(rows);
    const drawn = rows.flatMap((row, place) => {
      const newest = place === rows.length - 1;
      const points = row.active.map((active, quarter) => ({ quarter, value: active === null ? null : active / row.size })).slice(1);
      const ends = points.findLast((point) => point.value !== null);
      return points.map((point, at) => ({
        ...point, name: row.cohort, newest, width: newest ? 2.5 : 1.75, strength: newest ? 1 : 0.4 + (0.5 * place) / rows.length,
        dot: points.length < 9 || ((points[at - 1] || {}).value ?? null) === null && ((points[at + 1] || {}).value ?? null) === null,
        label: point === ends && (rows.length < 7 || newest || place === 0) ? row.cohort : null,
        tip: point.value === null ? "" : `First order ${row.cohort}: ${percent(point.value)} ordered in quarter ${point.quarter}`,
      }));
    });
    const longest = Math.max(...rows.map((row) => row.active.length));
    return {
      title: back === null ? "Too few newcomers to say who came back" : `${percent(back)} of ${chosen.segment === ALL ? "newcomers" : `${who(chosen)}`} ordered again in the quarter after their first`,
      about: `Share of each year’s newcomers who ordered, by quarter since their first order${rows.some((row) => row.active.includes(null)) ? `; ${FEW} are masked` : ""}.`,
      rows: drawn,
      columns: ["Cohort", "Customers", ...Array.from({ length: longest - 1 }, (_, at) => `Quarter ${at + 1}`)],
      table: () => rows.map((row) => [row.cohort, cell(row.size, count(row.size)), ...Array.from({ length: longest - 1 }, (_, at) => {
        const value = row.active[at + 1];
        return value === undefined ? "" : value === null ? FEW : cell(value / row.size, percent(value / row.size, 1));
      })]),
    };
  },

  frequency(chosen) {
    const part = (slice(chosen) || {}).frequency;
    if (part === null) return { title: "How often they buy", empty: "So few customers here that the time between their orders is masked." };
    const places = part ? within(part, chosen) : [];
    if (!places.length) return { title: "How often they buy", empty: tooFew(part) };
    const bins = part.bins.map((name, at) => ({ name, ...sum(part.orders[at], places) }));
    const all = plus(bins);
    const repeats = bins.slice(1).filter((bin) => bin.value);
    const most = repeats.reduce((a, b) => (b.value > a.value ? b : a), repeats[0]);
    const again = repeats.reduce((total, bin) => total + bin.value, 0);
    const share = (bin) => (bin.value && all.value && !all.masked ? percent(bin.value / all.value) : "");
    return {
      title: most ? `${most.masked || all.masked ? "About " : ""}${percent(most.value / again)} of repeat orders came ${most.name} after the one before` : "Nobody ordered again",
      about: `Orders by the time since the customer’s order before${leavesOut(part, places, chosen) ? `; only whole ${part.grain}s of the chosen time` : ""}.`,
      rows: bins.map((bin) => ({ name: capital(bin.name), value: bin.value ?? 0, strength: 1, label: bin.value === null ? hidden(bin) : [brief(bin, count), share(bin)].filter(Boolean).join(" · "), tip: `${capital(bin.name)}: ${bounded(bin, count)} orders` })),
      columns: ["Since the order before", "Orders"],
      table: () => bins.map((bin) => [capital(bin.name), boundedCell(bin, count)]),
    };
  },

  campaigns(chosen) {
    const rows = campaignRows(chosen);
    const names = [...new Set((data.campaigns || []).map((row) => row.channel))];
    const found = names.map((name) => ({ name, ...returnOn(rows.filter((row) => row.channel === name)), conversions: rows.filter((row) => row.channel === name).reduce((all, row) => all + (row.conversions || 0), 0) }))
      .filter((item) => item.value !== null).sort((a, b) => b.value - a.value);
    if (!found.length) return { title: "What campaigns return", empty: "No campaign ran in the chosen time." };
    const losing = found.filter((item) => item.value < 0).map((item) => item.name);
    const write = (item) => signed(percent(item.value), item.value);
    return {
      title: found.length < 2 ? `${capital(found[0].name)} returned ${write(found[0])}`
        : `${capital(found[0].name)} returned most (${write(found[0])}); ${losing.length ? `${listed(losing)} lost money` : "no channel lost money"}`,
      about: "What each channel’s campaigns brought in over their cost, and the cost.",
      rows: found.map((item) => ({ name: capital(item.name), value: item.value, at: Math.max(item.value, 0), strength: 1, label: `${write(item)} · ${money(item.cost)}`, tip: `${capital(item.name)}: ${money(item.cost)} spent, ${money(item.revenue)} brought in by ${several(item.conversions, "conversion")}` })),
      columns: ["Channel", "Cost", "Revenue", "Return", "Conversions"],
      table: () => found.map((item) => [capital(item.name), cell(item.cost, money(item.cost)), cell(item.revenue, money(item.revenue)), cell(item.value, write(item)), cell(item.conversions, count(item.conversions))]),
    };
  },

  test(chosen) {
    const rows = testRows(chosen);
    const group = (key) => (key === ALL ? "All customers" : labelOf("segment", key));
    const shown = rows.filter((row) => Number.isFinite(row.low_pct) && Number.isFinite(row.high_pct));
    if (!shown.length) return { title: "What the test showed", empty: "Too few people in the test here." };
    const wanted = shown.some((row) => row.segment === chosen.segment) ? chosen.segment : ALL;
    const clear = shown.filter((row) => row.segment === wanted && (row.low_pct > 0 || row.high_pct < 0));
    const best = clear.reduce((a, b) => (!a || Math.abs(b.lift_pct) > Math.abs(a.lift_pct) ? b : a), null);
    const among = wanted === ALL ? "" : ` among ${group(wanted)}`;
    const number = (value) => grouped(value, 1);
    const range = (row) => ` (${number(row.low_pct)} to ${number(row.high_pct)})`;
    // many groups can be chosen, and one of them will look as if an arm had worked: only of all is it said that it did
    const alone = wanted !== ALL || (follows("test", "region") && chosen.region !== ALL);
    const effect = (row) => (alone ? `${capital(row.label)}${among}: ${signed(number(row.lift_pct), row.lift_pct)}${NBSP}%${range(row)}, looked at alone`
      : `${capital(row.label)} ${row.lift_pct > 0 ? "raised" : "lowered"} ${data.test.outcome} by ${number(Math.abs(row.lift_pct))}${NBSP}%${range(row)}`);
    const order = [ALL, ...choices("segment")].filter((key) => shown.some((row) => row.segment === key));
    const arms = [...new Set(data.test.rows.map((row) => row.label))];
    // an interval that knows nothing would press the others together
    const edge = Math.max(100, ...shown.map((row) => Math.abs(row.lift_pct)));
    const cut = shown.some((row) => row.low_pct < -edge || row.high_pct > edge);
    const sorted = order.flatMap((key) => shown.filter((row) => row.segment === key));
    return {
      title: best ? effect(best) : `No arm differs clearly from “${data.test.control}”${among}`,
      about: `${capital(data.test.outcome)} against “${data.test.control}”, with 95${NBSP}% intervals${data.test.assigned ? `; assigned in ${quarterName(data.test.assigned)}` : ""}${cut ? `; lines are cut at ${count(edge)}${NBSP}%` : ""}.`,
      legend: arms.map((name, at) => ({ name, colour: `var(--arm-${at % 6 + 1})` })),
      rows: sorted.map((row) => ({ name: group(row.segment), arm: row.label, offset: arms.indexOf(row.label), colour: `var(--arm-${arms.indexOf(row.label) % 6 + 1})`, value: row.lift_pct, low: Math.max(row.low_pct, -edge), high: Math.min(row.high_pct, edge), strength: fade(row.segment, wanted === ALL ? chosen.segment === ALL ? ALL : row.segment : chosen.segment), tip: `${group(row.segment)}, ${row.label}: ${signed(number(row.lift_pct), row.lift_pct)}${NBSP}%${range(row)}, ${count(row.n)} people` })),
      columns: ["Group", "Arm", "People", "Change, %", "Low", "High"],
      table: () => sorted.map((row) => [group(row.segment), row.label, cell(row.n, count(row.n)), ...[row.lift_pct, row.low_pct, row.high_pct].map((value) => cell(value, number(value)))]),
    };
  },

  predicted(chosen) {
    const region = follows("predicted", "region") ? chosen.region : ALL;
    const all = (data.predicted || []).filter((row) => row.region === region);
    const nameOf = (row) => (row.segment === ALL ? "All customers" : labelOf("segment", row.segment));
    const rows = [ALL, ...choices("segment")].map((key) => all.find((row) => row.segment === key)).filter(Boolean);
    const known = rows.filter((row) => row.probability !== null && (row.segment !== ALL || rows.length === 1));
    if (!known.length) return { title: "Next campaign", empty: "Too few customers here to predict for." };
    const focus = known.find((row) => row.segment === chosen.segment) || known.reduce((a, b) => (b.probability > a.probability ? b : a));
    const one = (row) => `${percent(row.probability, 1)} (${grouped(100 * row.low, 1)} to ${grouped(100 * row.high, 1)})`;
    return {
      title: `${nameOf(focus)}: ${one(focus)} expected to ${focus.what}${focus.segment === chosen.segment || known.length < 2 ? "" : ", the most of all"}`,
      about: `Predicted share who ${focus.what}${focus.who}, with 95${NBSP}% intervals.`,
      rows: rows.map((row) => ({ name: nameOf(row), value: row.probability, low: row.low, high: row.high, strength: fade(row.segment, chosen.segment), label: row.probability === null ? FEW : percent(row.probability, 1), tip: row.probability === null ? FEW : `${nameOf(row)}: ${one(row)}, ${count(row.n)} customers` })),
      columns: ["Segment", "Customers", "Predicted", "Low", "High"],
      table: () => rows.map((row) => [nameOf(row), row.n === null ? FEW : cell(row.n, count(row.n)), ...[row.probability, row.low, row.high].map((value) => (value === null ? FEW : cell(value, percent(value, 1))))]),
    };
  },
};
const boundedCell = (total, write) => (total.value !== null && !total.masked ? cell(total.value, write(total.value)) : bounded(total, write));
