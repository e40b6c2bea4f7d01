// Numbers and sentences as the book writes them.
const NBSP = "\u00a0";
const FEW = `fewer than ${data.shop.smallest_group}`;
const SIGN = data.shop.symbol || "";

// made once: making one takes longer than writing a hundred numbers
const WRITERS = [0, 1, 2].map((digits) => new Intl.NumberFormat("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits }));
const grouped = (value, digits = 0) => WRITERS[digits].format(value).replace("-", "−");
const count = (value) => grouped(value);
const percent = (share, digits = 0) => `${grouped(Number((100 * share).toFixed(digits)) || 0, digits)}${NBSP}%`;
const signed = (text, value) => (value > 0 ? `+${text}` : text);

// Three or four figures: £1.57m, £512k, £4,310, £47.21.
const money = (value) => {
  const size = Math.abs(value);
  const minus = value < 0 ? "−" : "";
  const three = (part) => grouped(part, part < 9.995 ? 2 : part < 99.95 ? 1 : 0);
  if (size >= 999500) return `${minus}${SIGN}${three(size / 1e6)}m`;
  if (size >= 9999.5) return `${minus}${SIGN}${three(size / 1e3)}k`;
  return `${minus}${SIGN}${grouped(size, size < 99.995 && size > 0 ? 2 : 0)}`;
};

// A sum of which some part is masked is a lower bound; on a chart in few letters.
const hidden = (sum) => (sum.masked === 1 ? FEW : "masked");
const brief = (sum, write) => (sum.value === null ? hidden(sum) : `${sum.masked ? "≥ " : ""}${write(sum.value)}`);
const bounded = (sum, write) => (sum.value === null ? hidden(sum) : sum.masked ? `at least ${write(sum.value)}` : write(sum.value));

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const monthName = (month, letters) => `${MONTHS[Number(month.slice(5)) - 1].slice(0, letters)} ${month.slice(0, 4)}`;
const periodName = (start, grain) =>
  grain === "year" ? start.slice(0, 4)
  : grain === "quarter" ? `${start.slice(0, 4)} Q${Math.ceil(Number(start.slice(5)) / 3)}`
  : monthName(start, 3);
const quarterName = (quarter) => quarter.replace("-", " ");
const several = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;
const listed = (items) => (items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`);
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

// A table: texts that a spreadsheet would take for a formula are prefixed, numbers stay numbers.
const cell = (value, text) => ({ value, text });
const csvField = (item) => {
  const raw = typeof item === "object" ? item.value : item;
  if (typeof raw === "number") return String(raw);
  const text = String(raw).replace(/^[=+\-@\t\r]/, "'$&");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
const csv = (columns, rows) => [columns, ...rows].map((row) => row.map(csvField).join(",")).join("\r\n") + "\r\n";
