// The view: which part of the run is shown, and where.

let run;
const canvas = document.getElementById("canvas");
const overview = document.getElementById("overview");
const ink = canvas.getContext("2d");
const view = {
  from: 0, to: 1, // on the axis
  top: 0,         // how far the lanes are scrolled
  fold: true,
  driver: -1,     // the selected one
  item: null,     // the selected span, message, mark or meeting
  moment: null,   // the time that a link leads to
  pattern: null, related: false,
  types: new Set(), groups: new Set(), // what is hidden
};
// What follows from the view.
let scale, spanFrom, spanTo, messageFrom, messageTo, markAt, total;
let lanes = [], laneOf = [];
const box = { width: 0, height: 0, gutter: 100, ruler: 42, lane: 20 };

// stretch computes all places on the axis, after time was folded or unfolded.
function stretch() {
  const i = run.failure?.span ?? -1, failing = i >= 0 && { begin: run.spans.begin[i], end: run.spans.end[i] };
  const folds = view.fold ? foldsOf(run.times, failing) : noFolds;
  scale = { ...scaleOf(folds), folds };
  spanFrom = run.spans.begin.map(scale.axis);
  spanTo = run.spans.end.map(scale.axis);
  messageFrom = run.messages.begin.map(scale.axis);
  messageTo = run.messages.end.map(scale.axis);
  markAt = run.marks.at.map(scale.axis);
  total = scale.axis(Math.max(run.times[run.times.length - 1] || 0, 1));
}

function setFold(on) {
  const from = scale.time(view.from), to = scale.time(view.to);
  view.fold = on;
  stretch();
  show(scale.axis(from), scale.axis(to));
}

// arrange gives each driver that is not filtered out a lane.
function arrange() {
  const near = view.related ? relatedTo(view.driver) : null;
  lanes = [];
  laneOf = new Int32Array(run.drivers.length).fill(-1);
  run.drivers.forEach((driver, d) => {
    if (view.pattern && !view.pattern.test(driver.name) || near && !near.has(d)) return;
    laneOf[d] = lanes.length;
    lanes.push(d);
  });
  measure();
}

// relatedTo are the drivers that exchanged messages with one, or met it where none did.
function relatedTo(driver) {
  const { from, to } = run.messages, all = new Set([driver]);
  for (let i = 0; i < from.length; i++) {
    if (from[i] === driver) all.add(to[i]);
    if (to[i] === driver) all.add(from[i]);
  }
  if (all.size < 2) for (const m of run.meetings) if (m.drivers.includes(driver)) m.drivers.forEach(d => all.add(d));
  return all;
}

function measure() {
  const size = canvas.getBoundingClientRect(), dense = window.devicePixelRatio || 1;
  for (const [c, height] of [[canvas, size.height], [overview, overview.getBoundingClientRect().height]]) {
    c.width = Math.round(size.width * dense);
    c.height = Math.round(height * dense);
    c.getContext("2d").setTransform(dense, 0, 0, dense, 0, 0);
  }
  box.width = size.width;
  box.height = size.height;
  ink.font = nameFont;
  const widest = Math.max(40, ...lanes.map(d => ink.measureText(run.drivers[d].name).width));
  box.gutter = Math.min(widest + 34, size.width * 0.25);
  const ideal = (box.height - box.ruler) / Math.max(1, lanes.length);
  box.lane = Math.max(18, Math.min(150, ideal));
  scrollTo(view.top);
}

function show(from, to) {
  const least = 20; // nanoseconds
  if (to - from < least) { const middle = (from + to) / 2; from = middle - least / 2; to = middle + least / 2; }
  const width = Math.min(to - from, total * 1.2);
  from = Math.max(-width * 0.5, Math.min(from, total - width * 0.5));
  view.from = from;
  view.to = from + width;
  redraw();
}

function scrollTo(top) {
  view.top = Math.max(0, Math.min(top, lanes.length * box.lane - (box.height - box.ruler)));
}

const x = w => box.gutter + (w - view.from) * (box.width - box.gutter) / (view.to - view.from);
const axisAt = px => view.from + (px - box.gutter) * (view.to - view.from) / (box.width - box.gutter);
const laneTop = lane => box.ruler + lane * box.lane - view.top;

// bar is where the driver's steps are drawn in its lane.
function bar(driver) {
  const top = laneTop(laneOf[driver]), rows = run.rows[driver];
  if (box.lane >= 64) return { top: top + Math.max(20, box.lane / 2 - 20), height: 20 * Math.min(rows, 2), roomy: true };
  if (box.lane >= 34) return { top: top + 4, height: 17, roomy: false };
  return { top: top + 2, height: box.lane - 6, roomy: false };
}

function zoom(factor, at = (view.from + view.to) / 2) {
  show(at - (at - view.from) * factor, at + (view.to - at) * factor);
}

function pan(px) {
  const by = px * (view.to - view.from) / (box.width - box.gutter);
  show(view.from + by, view.to + by);
}

function showAll() {
  show(-total * 0.01, total * 1.03);
}

// showFailure shows the failing step, and as many steps of its driver before it as can be read.
function showFailure() {
  const f = run.failure;
  if (!f) { showAll(); return; }
  const end = scale.axis(f.at), own = [];
  for (let i = 0; i < spanFrom.length; i++) {
    if (run.spans.driver[i] === f.driver && run.spans.begin[i] <= f.at) own.push(i);
  }
  const first = own.length > 9 ? spanFrom[own[own.length - 9]] : 0;
  const begin = f.span >= 0 ? Math.min(spanFrom[f.span], first) : first;
  const width = Math.max(end - begin, total * 1e-6);
  show(begin - width * 0.03, end + width * 0.3);
  showDriver(f.driver);
}

function showDriver(driver) {
  const lane = driver >= 0 ? laneOf[driver] : -1;
  if (lane < 0) return;
  const room = box.height - box.ruler, top = lane * box.lane - view.top;
  if (top < 0 || top + box.lane > room) scrollTo(lane * box.lane - room / 2 + box.lane / 2);
  redraw();
}

// showTime brings a moment into view.
function showTime(t) {
  const at = scale.axis(t), width = view.to - view.from;
  if (at < view.from + width * 0.05 || at > view.to - width * 0.05) show(at - width / 2, at + width / 2);
  else redraw();
}
