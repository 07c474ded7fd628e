// Drawing what is small or stands around: points, marks, the failure, the ruler, names.

// drawMeetings draws a line through the drivers that went on together.
function drawMeetings() {
  if (view.groups.has("points")) return;
  for (const m of run.meetings) {
    const at = x(scale.axis(m.at)), parties = m.signal >= 0 ? [m.signal, ...m.drivers] : m.drivers;
    const shown = parties.filter(d => laneOf[d] >= 0);
    if (at < box.gutter || at > box.width || !shown.length) continue;
    const all = shown.map(d => bars[d]), top = Math.min(...all.map(b => b.top)), end = Math.max(...all.map(b => b.top + b.height));
    ink.strokeStyle = ink.fillStyle = m.error ? colours.bad : colours.meet;
    ink.lineWidth = 1.5;
    ink.setLineDash(m.error ? [4, 4] : m.signal >= 0 ? [2, 3] : []);
    if (shown.length > 1) line(at, top - 3, at, end + 3);
    ink.setLineDash([]);
    if (box.lane >= 34) for (const b of all) diamond(at, b.top - 4);
  }
}

function diamond(cx, cy) {
  ink.beginPath();
  ink.moveTo(cx, cy - 4);
  ink.lineTo(cx + 4, cy);
  ink.lineTo(cx, cy + 4);
  ink.lineTo(cx - 4, cy);
  ink.fill();
}

const bad = new Set(["failures", "faults"]);
const spoken = new Set(["failures", "faults", "output", "log", "connections", "subscriptions"]);

function hidden(i) {
  const { kind, event } = run.marks;
  return view.groups.has(run.kinds[kind[i]].group) || event[i] && view.types.has(event[i]);
}

// drawMarks draws the rest by symbols: with its text where there is room, as a tick where there is none.
function drawMarks() {
  const { driver, kind, took } = run.marks, last = new Float64Array(run.drivers.length + 1).fill(-99);
  const following = nextMarks();
  ink.textAlign = "center";
  for (let i = 0; i < markAt.length; i++) {
    const d = driver[i];
    if (markAt[i] < view.from || markAt[i] > view.to || d < 0 || laneOf[d] < 0 || !inView(laneOf[d]) || hidden(i)) continue;
    const at = x(markAt[i]), b = bars[d], known = run.kinds[kind[i]];
    ink.fillStyle = bad.has(known.group) ? colours.bad : colours.soft;
    if (known.group === "handlers" && took[i]) drawHandler(i, b);
    if (at - last[d] < 1) continue;
    if (at - last[d] < 11 || box.lane < 34) {
      ink.fillRect(at - 0.5, b.top + b.height + 1, 1.5, 3);
      last[d] = Math.max(last[d], at - 9.5);
      continue;
    }
    last[d] = at;
    ink.fillText(known.symbol, at, b.top + b.height + 9);
    const room = Math.min(following(i, d), box.width) - at - 14;
    if (b.roomy && room > 40 && spoken.has(known.group)) {
      ink.textAlign = "left";
      ink.fillText(clip(run.strings[run.marks.text[i]], room), at + 8, b.top + b.height + 9);
      ink.textAlign = "center";
    }
  }
  ink.textAlign = "left";
}

// nextMarks finds where the following mark of a driver stands.
function nextMarks() {
  if (box.lane < 64) return () => 0;
  const places = run.drivers.map(() => []);
  for (let i = 0; i < markAt.length; i++) if (run.marks.driver[i] >= 0 && !hidden(i)) places[run.marks.driver[i]].push(markAt[i]);
  return (i, d) => {
    const all = places[d], next = all[below(all, markAt[i]) + 1];
    return next === undefined ? Infinity : x(next);
  };
}

// drawHandler draws how long a handler was busy.
function drawHandler(i, b) {
  const from = x(scale.axis(run.marks.at[i] - run.marks.took[i]));
  ink.globalAlpha = 0.5;
  ink.fillRect(from, b.top + b.height + 1, Math.max(1, x(markAt[i]) - from), 2);
  ink.globalAlpha = 1;
}

// drawFailure says beside the failing step what went wrong.
function drawFailure() {
  const f = run.failure;
  if (!f || f.driver < 0 || laneOf[f.driver] < 0) return;
  const b = bars[f.driver], at = x(scale.axis(f.at));
  if (at < box.gutter - 20 || at > box.width + 20) return;
  ink.font = "600 12px system-ui, sans-serif";
  const text = clip("✗ " + f.text, Math.min(430, box.width - box.gutter - 40)), width = ink.measureText(text).width + 10;
  const middle = b.top + b.height / 2, right = at + 12 + width < box.width;
  const left = b.roomy ? Math.max(box.gutter + 4, Math.min(at - width, box.width - width - 4)) : right ? at + 12 : at - 16 - width;
  const y = b.roomy ? b.top - 10 : middle;
  labels.push([left, y - 10, width, 20]);
  ink.fillStyle = colours.back;
  ink.fillRect(left, y - 8, width, 16);
  ink.strokeStyle = ink.fillStyle = colours.bad;
  ink.lineWidth = 1;
  ink.strokeRect(left + 0.5, y - 7.5, width - 1, 15);
  ink.fillText(text, left + 5, y + 0.5);
  ink.lineWidth = 2;
  line(at, b.top - 3, at, b.top + b.height + 3);
  ink.font = font;
}

function drawSelection() {
  if (view.moment !== null) {
    const at = x(scale.axis(view.moment));
    ink.strokeStyle = colours.focus;
    ink.lineWidth = 1;
    ink.setLineDash([6, 3]);
    line(at, box.ruler, at, box.height);
    ink.setLineDash([]);
  }
  const item = view.item;
  if (!item) return;
  ink.strokeStyle = colours.focus;
  ink.lineWidth = 3;
  const place = placeOf(item);
  if (!place) return;
  if (item.table === "messages") line(place.x1, place.y1, place.x2, place.y2);
  else ink.strokeRect(place.left - 2, place.top - 2, place.width + 4, place.height + 4);
}

// nice is the round number of nanoseconds that is at least n.
function nice(n) {
  const power = 10 ** Math.floor(Math.log10(Math.max(n, 1)));
  return [1, 2, 5, 10].map(f => f * power).find(step => step >= n * 0.999);
}

function drawRuler() {
  ink.fillStyle = colours.panel;
  ink.fillRect(0, 0, box.width, box.ruler);
  ink.save();
  ink.beginPath();
  ink.rect(box.gutter, 0, box.width, box.ruler);
  ink.clip();
  const step = nice(95 * (view.to - view.from) / (box.width - box.gutter)), { folds } = scale, end = scale.time(view.to);
  let t = Math.ceil(Math.max(0, scale.time(view.from)) / step) * step, before = -99;
  ink.strokeStyle = colours.line;
  ink.lineWidth = 1;
  while (t <= end) {
    const i = below(folds.from, t);
    if (i >= 0 && t > folds.from[i] && t < folds.to[i]) { t = Math.ceil(folds.to[i] / step) * step; continue; }
    const at = x(scale.axis(t));
    if (at - before > 75) {
      ink.fillStyle = colours.soft;
      ink.fillText(moment(t, step), at + 4, 11);
      line(at, 4, at, 20);
      before = at;
    }
    t += step;
  }
  labelMeetings();
  labelFolds();
  ink.restore();
  ink.strokeStyle = colours.line;
  line(0, box.ruler - 0.5, box.width, box.ruler - 0.5);
}

// rulerLabel writes at the first of some places that is free.
function rulerLabel(text, ...places) {
  const width = ink.measureText(text).width;
  const left = places.find(left => free(left - 3, 24, width + 6, 16));
  if (left !== undefined) ink.fillText(text, left, 32);
}

// labelFolds says how much each fold leaves out: in its middle, or beside a point that stands there.
function labelFolds() {
  const { folds, starts } = scale;
  ink.fillStyle = colours.soft;
  for (let i = 0; i < starts.length; i++) {
    const from = x(starts[i]), to = x(starts[i] + folds.widths[i]), middle = (from + to) / 2;
    if (middle < box.gutter || middle > box.width) continue;
    const text = `⋯ ${length(folds.to[i] - folds.from[i])}`, width = ink.measureText(text).width;
    rulerLabel(text, middle - width / 2, to - width - 12, from + 4);
  }
}

function labelMeetings() {
  if (view.groups.has("points")) return;
  for (const m of run.meetings) {
    const at = x(scale.axis(m.at));
    if (at < box.gutter || at > box.width) continue;
    ink.fillStyle = m.error ? colours.bad : colours.meet;
    rulerLabel((m.error ? "✗ " : m.signal >= 0 ? "⚑ " : "◆ ") + m.point.replace(/^checkpoint |^signal /, "").replaceAll('"', ""), at - 5);
  }
}

function drawNames() {
  ink.fillStyle = colours.panel;
  ink.fillRect(0, box.ruler, box.gutter, box.height);
  ink.save();
  ink.beginPath();
  ink.rect(0, box.ruler, box.gutter, box.height);
  ink.clip();
  lanes.forEach((d, lane) => {
    if (!inView(lane)) return;
    const b = bars[d], failed = run.failure?.driver === d, middle = b.top + b.height / 2;
    if (d === view.driver) {
      ink.fillStyle = colours.step;
      ink.fillRect(0, middle - 9, box.gutter, 18);
    }
    ink.font = failed || d === view.driver ? nameFont : font;
    ink.fillStyle = failed ? colours.bad : colours.text;
    ink.fillText((failed ? "✗ " : "") + clip(run.drivers[d].name, box.gutter - 20), 8, middle + 0.5);
  });
  ink.restore();
  ink.font = font;
  ink.strokeStyle = colours.line;
  ink.lineWidth = 1;
  line(box.gutter - 0.5, box.ruler, box.gutter - 0.5, box.height);
}

let density = null;

// drawOverview shows how busy the whole run was, and which part of it is in view.
function drawOverview() {
  const c = overview.getContext("2d"), height = 30, width = box.width, px = w => w / total * (width - 16) + 8;
  if (!density || density.total !== total || density.length !== Math.ceil(width)) {
    density = new Float64Array(Math.ceil(width));
    density.total = total;
    for (const t of run.times) density[Math.min(density.length - 1, Math.floor(px(scale.axis(t))))]++;
    density.most = density.reduce((a, b) => Math.max(a, b), 1);
  }
  c.fillStyle = colours.panel;
  c.fillRect(0, 0, width, height);
  c.fillStyle = colours["step-line"];
  density.forEach((n, i) => { if (n) c.fillRect(i, height - 3 - Math.sqrt(n / density.most) * 22, 1, 22); });
  c.fillStyle = colours.panel;
  c.fillRect(0, height - 3, width, 3);
  if (run.failure) {
    c.fillStyle = colours.bad;
    c.fillRect(px(scale.axis(run.failure.at)) - 1, 2, 2, height - 4);
  }
  c.strokeStyle = colours.focus;
  c.lineWidth = 2;
  const from = Math.max(2, px(view.from)), to = Math.min(width - 2, px(view.to));
  c.strokeRect(from, 2, Math.max(4, to - from), height - 4);
}
