// The run: what the page carries, as arrays of numbers.

const waits = 2, open = 1, answers = 1, lost = 2;

async function unpack() {
  const text = atob(document.getElementById("data").textContent.trim());
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return prepare(JSON.parse(await new Response(stream).text()));
}

// sums turns differences into times.
function sums(column) {
  const out = new Float64Array((column || []).length);
  let at = 0;
  for (let i = 0; i < out.length; i++) out[i] = at += column[i];
  return out;
}

function plus(begin, took) {
  const out = new Float64Array(begin.length);
  for (let i = 0; i < out.length; i++) out[i] = begin[i] + took[i];
  return out;
}

function prepare(run) {
  for (const table of [run.spans, run.messages, run.marks]) {
    for (const column in table) table[column] ||= [];
  }
  for (const table of [run.spans, run.messages]) {
    table.begin = sums(table.begin);
    table.end = plus(table.begin, table.took);
  }
  run.marks.at = sums(run.marks.at);
  run.meetings ||= [];
  run.drivers ||= [];
  run.kinds ||= [];
  run.rows = new Array(run.drivers.length).fill(1);
  run.spans.depth.forEach((depth, i) => {
    const d = run.spans.driver[i];
    run.rows[d] = Math.min(4, Math.max(run.rows[d], depth + 1));
  });
  run.life = livesOf(run);
  run.types = typesOf(run);
  run.times = timesOf(run);
  return run;
}

// livesOf are the times at which each driver did something first and last.
function livesOf(run) {
  const lives = run.drivers.map(() => ({ from: Infinity, to: 0 }));
  const lived = (d, from, to) => {
    if (d < 0) return;
    lives[d].from = Math.min(lives[d].from, from);
    lives[d].to = Math.max(lives[d].to, to);
  };
  run.spans.driver.forEach((d, i) => lived(d, run.spans.begin[i], run.spans.end[i]));
  run.marks.driver.forEach((d, i) => lived(d, run.marks.at[i], run.marks.at[i]));
  return lives;
}

// typesOf gives each type of event a colour, the most frequent ones first.
function typesOf(run) {
  const counts = new Map();
  run.messages.event.forEach((event, i) => counts.set(event, (counts.get(event) || 0) + run.messages.count[i]));
  run.marks.event.forEach(event => { if (event && !counts.has(event)) counts.set(event, 0); });
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  return new Map(sorted.map(([event, count], i) => [event, { name: run.strings[event], short: short(run.strings[event]), count, colour: "c" + i % 8 }]));
}

function short(event) { return event.slice(event.lastIndexOf("/") + 1); }

// timesOf has every moment at which something happened, in order.
function timesOf(run) {
  const { spans, messages, marks, meetings } = run;
  const parts = [[0], spans.begin, spans.end, messages.begin, messages.end, marks.at, meetings.map(m => m.at)];
  const all = new Float64Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) { all.set(part, at); at += part.length; }
  return all.sort();
}

// foldsOf are the gaps that are drawn shorter than they are: those in which nothing happened for
// more than a sixth of the time in which something did. One within the failing step stays wider,
// so that the step can be seen.
function foldsOf(times, failing) {
  const gaps = [];
  for (let i = 1; i < times.length; i++) if (times[i] > times[i - 1]) gaps.push(times[i] - times[i - 1]);
  if (gaps.length < 3) return noFolds;
  const median = gaps.slice().sort((a, b) => a - b)[gaps.length >> 1];
  let active = times[times.length - 1] - times[0], width = 0;
  for (let round = 0; round < 30; round++) {
    width = Math.max(active * 0.04, median);
    const next = gaps.reduce((sum, gap) => sum + (gap > 4 * width ? width : gap), 0);
    if (active - next < active * 1e-3) break;
    active = next;
  }
  const from = [], to = [], widths = [];
  for (let i = 1; i < times.length; i++) {
    if (times[i] - times[i - 1] <= 4 * width) continue;
    from.push(times[i - 1]);
    to.push(times[i]);
    widths.push(failing && failing.begin < times[i] && times[i - 1] < failing.end ? 4 * width : width);
  }
  return { from, to, widths };
}

const noFolds = { from: [], to: [], widths: [] };

// scaleOf maps times to the axis, which folds may shorten, and back.
function scaleOf(folds) {
  const { from, to, widths } = folds;
  const cut = [0];
  for (let i = 0; i < from.length; i++) cut.push(cut[i] + to[i] - from[i] - widths[i]);
  const axis = t => {
    const i = below(from, t);
    if (i < 0) return t;
    if (t >= to[i]) return t - cut[i + 1];
    return from[i] - cut[i] + (t - from[i]) * widths[i] / (to[i] - from[i]);
  };
  const starts = from.map((t, i) => t - cut[i]);
  const time = w => {
    const i = below(starts, w);
    if (i < 0) return w;
    if (w >= starts[i] + widths[i]) return w + cut[i + 1];
    return from[i] + (w - starts[i]) * (to[i] - from[i]) / widths[i];
  };
  return { axis, time, starts };
}

// below is the index of the last element that is at most t, or -1.
function below(sorted, t) {
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= t) low = middle + 1; else high = middle;
  }
  return low - 1;
}

// moment is a time as text, with as many digits as a step of the axis needs.
function moment(t, step = 1e4) {
  const unit = t >= 1e9 ? 1e9 : 1e6;
  const digits = Math.max(0, Math.min(6, Math.ceil(Math.log10(unit / step) - 1e-9)));
  return (t / unit).toFixed(digits) + (unit === 1e9 ? " s" : " ms");
}

function length(t) {
  for (const [unit, name] of [[1e9, "s"], [1e6, "ms"], [1e3, "µs"]]) {
    if (t >= unit) return Number((t / unit).toPrecision(3)) + " " + name;
  }
  return t + " ns";
}
