// Drawing: lanes, time, steps and messages. marks.js draws what is small.

const font = '12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif';
const nameFont = '600 13px system-ui, "Segoe UI", "DejaVu Sans", sans-serif';
const colours = {};
let pending = false, labels = [], bars = [];
const timing = { load: 0, redraw: 0, draws: 0 };

// readColours asks the style sheet, which knows the theme.
function readColours() {
  const probe = document.createElement("i");
  document.body.append(probe);
  const names = "back panel line text soft step step-line wait wait-line bad bad-back bad-lane good note fold meet focus lane c0 c1 c2 c3 c4 c5 c6 c7";
  for (const name of names.split(" ")) {
    probe.style.color = `var(--${name})`;
    colours[name] = getComputedStyle(probe).color;
  }
  probe.remove();
}

function redraw() {
  if (pending) return;
  pending = true;
  requestAnimationFrame(draw);
}

function draw() {
  const began = performance.now();
  pending = false;
  labels = [];
  bars = run.drivers.map((_, d) => bar(d));
  ink.font = font;
  ink.textBaseline = "middle";
  ink.fillStyle = colours.back;
  ink.fillRect(0, 0, box.width, box.height);
  ink.save();
  ink.beginPath();
  ink.rect(box.gutter, box.ruler, box.width, box.height);
  ink.clip();
  drawLanes();
  drawFolds();
  const spans = drawSpans();
  drawMeetings();
  const messages = drawMessages();
  drawMarks();
  drawFailure();
  messages.strong.forEach(labelMessage);
  drawSelection();
  ink.restore();
  drawRuler();
  drawNames();
  drawOverview();
  timing.redraw = performance.now() - began;
  timing.draws++;
  describeView(spans, messages.count);
}

function line(x1, y1, x2, y2) {
  ink.beginPath();
  ink.moveTo(x1, y1);
  ink.lineTo(x2, y2);
  ink.stroke();
}

// clip shortens a text to a width. Of a few letters nobody learns anything.
function clip(text, width) {
  const needs = ink.measureText(text).width;
  if (needs <= width) return text;
  let letters = Math.floor(text.length * width / needs);
  while (letters > 3 && ink.measureText(text.slice(0, letters) + "…").width > width) letters--;
  return letters < 4 ? "" : text.slice(0, letters) + "…";
}

function inView(lane) {
  const top = laneTop(lane);
  return top + box.lane > box.ruler && top < box.height;
}

function drawLanes() {
  ink.lineWidth = 1;
  lanes.forEach((d, lane) => {
    if (!inView(lane)) return;
    const top = laneTop(lane);
    ink.fillStyle = run.failure?.driver === d ? colours["bad-lane"] : lane % 2 ? colours.lane : colours.back;
    ink.fillRect(box.gutter, top, box.width, box.lane);
    const b = bars[d], middle = b.top + b.height / 2;
    const from = Math.max(box.gutter, x(scale.axis(run.life[d].from))), to = Math.min(box.width, x(scale.axis(run.life[d].to)));
    ink.strokeStyle = colours["wait-line"];
    if (from < to) line(from, middle, to, middle);
  });
}

// drawFolds marks where the axis leaves time out.
function drawFolds() {
  const { folds, starts } = scale;
  ink.strokeStyle = colours["wait-line"];
  for (let i = 0; i < starts.length; i++) {
    const a = x(starts[i]), b = x(starts[i] + folds.widths[i]);
    if (b < box.gutter || a > box.width) continue;
    const middle = (a + b) / 2;
    ink.fillStyle = colours.fold;
    ink.globalAlpha = 0.7;
    ink.fillRect(a, box.ruler, b - a, box.height);
    ink.globalAlpha = 1;
    ink.setLineDash([2, 4]);
    line(middle - 2, box.ruler, middle - 2, box.height);
    line(middle + 2, box.ruler, middle + 2, box.height);
    ink.setLineDash([]);
  }
}

function spanStyle(i) {
  if (i === run.failure?.span) return 2;
  if (run.spans.error[i] || run.spans.flags[i] & open) return 3;
  return run.spans.flags[i] & waits ? 1 : 0;
}

// drawSpans draws the steps, and returns how many are in view. Steps that share a pixel are drawn once.
function drawSpans() {
  if (view.groups.has("steps")) return 0;
  const { driver, depth } = run.spans, last = new Float64Array(run.drivers.length * 4).fill(-1);
  const shapes = [[], [], [], []];
  let count = 0;
  for (let i = 0; i < spanFrom.length; i++) {
    if (spanTo[i] < view.from || spanFrom[i] > view.to) continue;
    const d = driver[i];
    if (laneOf[d] < 0 || !inView(laneOf[d])) continue;
    count++;
    const a = Math.max(x(spanFrom[i]), box.gutter - 4), b = Math.min(x(spanTo[i]), box.width + 4);
    const row = Math.min(depth[i], 3), style = spanStyle(i);
    if (style !== 2 && b <= last[d * 4 + row]) continue;
    last[d * 4 + row] = Math.max(Math.ceil(b), Math.floor(a) + 1);
    shapes[style].push([i, a, Math.max(b - a, style === 2 ? 8 : 1), row]);
  }
  const styles = [["step", "step-line"], ["wait", "wait-line"], ["bad-back", "bad"], ["wait", "bad"]];
  for (const style of [0, 1, 3, 2]) paintSpans(shapes[style], colours[styles[style][0]], colours[styles[style][1]], style === 2);
  return count;
}

function paintSpans(shapes, fill, edge, failed) {
  ink.lineWidth = failed ? 2 : 1;
  ink.strokeStyle = edge;
  for (const [i, left, width, row] of shapes) {
    const b = bars[run.spans.driver[i]], rows = run.rows[run.spans.driver[i]];
    const height = b.height / rows, top = b.top + row * height;
    ink.fillStyle = width < 3 ? edge : fill;
    ink.fillRect(left, top, width, height);
    if (width >= 3) ink.strokeRect(left + 0.5, top + 0.5, width - 1, height - 1);
    if (width > 24 && height >= 9) {
      ink.fillStyle = failed ? colours.bad : colours.text;
      const text = `${failed ? "✗ " : ""}${run.spans.step[i]} ${run.strings[run.spans.text[i]]}`;
      ink.fillText(clip(text, width - 8) || (width < 60 ? run.spans.step[i] : ""), left + 4, top + height / 2 + 0.5);
      if (box.lane >= 34) labels.push([left, top - 2, width, height + 4]);
    }
  }
}

const touches = (i, driver) => run.messages.from[i] === driver || run.messages.to[i] === driver;

// visibleMessages are the indices of the messages to draw.
function visibleMessages() {
  const { from, to, event } = run.messages, all = [];
  for (let i = 0; i < messageFrom.length && messageFrom[i] <= view.to; i++) {
    if (messageTo[i] < view.from || view.types.has(event[i])) continue;
    const a = laneOf[from[i]], b = laneOf[to[i]];
    if (a < 0 || b < 0) continue;
    if (laneTop(Math.max(a, b)) + box.lane < box.ruler || laneTop(Math.min(a, b)) > box.height) continue;
    all.push(i);
  }
  return all;
}

// ends are where a message leaves the sender's bar and meets the receiver's.
function ends(i) {
  const a = bars[run.messages.from[i]], b = bars[run.messages.to[i]], down = a.top < b.top;
  return { x1: x(messageFrom[i]), y1: down ? a.top + a.height : a.top, x2: x(messageTo[i]), y2: down ? b.top : b.top + b.height };
}

// drawMessages draws the arrows, one stroke for all of a type, and returns how many are in view.
// Where there are many drivers, the messages of the selected one stand out.
function drawMessages() {
  if (view.groups.has("messages")) return { count: 0, strong: [] };
  const all = visibleMessages(), crowded = lanes.length > 8 && all.length > 60;
  const strong = [], weak = [];
  for (const i of all) (crowded && view.driver >= 0 && !touches(i, view.driver) ? weak : strong).push(i);
  if (weak.length > 400) drawCrowd(weak, 0.2);
  else {
    ink.globalAlpha = 0.2;
    strokeMessages(weak, true);
    ink.globalAlpha = 1;
  }
  if (strong.length > 2000) drawCrowd(strong, 0.9);
  else strokeMessages(strong, strong.length < 600);
  return { count: all.length, strong: strong.length < 150 ? strong : [] };
}

function strokeMessages(all, heads) {
  const byLook = new Map();
  for (const i of all) {
    const key = run.messages.event[i] * 4 + run.messages.flags[i];
    if (!byLook.has(key)) byLook.set(key, []);
    byLook.get(key).push(i);
  }
  for (const [key, some] of byLook) {
    ink.strokeStyle = ink.fillStyle = colours[run.types.get(key >> 2).colour];
    ink.lineWidth = 1.2;
    ink.setLineDash(key & answers && heads ? [5, 3] : []);
    for (let at = 0; at < some.length; at += 200) {
      ink.beginPath();
      for (const i of some.slice(at, at + 200)) {
        const e = ends(i);
        ink.moveTo(e.x1, e.y1);
        ink.lineTo(e.x2, e.y2);
      }
      ink.stroke();
    }
    ink.setLineDash([]);
    if (heads) for (const i of some) key & lost ? cross(ends(i)) : head(ends(i));
  }
}

function head({ x1, y1, x2, y2 }) {
  const angle = Math.atan2(y2 - y1, x2 - x1);
  ink.beginPath();
  ink.moveTo(x2, y2);
  for (const side of [-0.38, 0.38]) ink.lineTo(x2 - 8 * Math.cos(angle + side), y2 - 8 * Math.sin(angle + side));
  ink.fill();
}

// cross ends a message that did not arrive.
function cross({ x1, y1, x2, y2 }) {
  const cx = x2 + (x1 - x2) * 0.1, cy = y2 + (y1 - y2) * 0.1;
  line(cx - 4, cy - 4, cx + 4, cy + 4);
  line(cx - 4, cy + 4, cx + 4, cy - 4);
}

// free reports whether no label is there yet, and takes the place.
function free(left, top, width, height) {
  for (const l of labels) {
    if (left < l[0] + l[2] && l[0] < left + width && top < l[1] + l[3] && l[1] < top + height) return false;
  }
  labels.push([left, top, width, height]);
  return true;
}

function labelMessage(i) {
  const e = ends(i), type = run.types.get(run.messages.event[i]), n = run.messages.count[i];
  if (Math.abs(e.y2 - e.y1) < 26) return;
  const text = type.short + (n > 1 ? ` ×${n}` : ""), width = ink.measureText(text).width + 6;
  for (const part of [0.5, 0.35, 0.65, 0.25, 0.75, 0.15, 0.85]) {
    const cx = e.x1 + (e.x2 - e.x1) * part + 5, cy = e.y1 + (e.y2 - e.y1) * part;
    if (cx < box.gutter || cx + width > box.width || !free(cx, cy - 8, width, 16)) continue;
    ink.globalAlpha = 0.85;
    ink.fillStyle = colours.back;
    ink.fillRect(cx, cy - 8, width, 16);
    ink.globalAlpha = 1;
    ink.fillStyle = colours[type.colour];
    ink.fillText(text, cx + 3, cy);
    return;
  }
}
