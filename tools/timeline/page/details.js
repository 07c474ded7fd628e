// What is under the pointer or selected, in words.

const tip = document.getElementById("tip");
const panel = document.getElementById("details");

// placeOf is where an item is drawn.
function placeOf({ table, index }) {
  if (table === "messages") return ends(index);
  if (table === "meetings") return { left: x(scale.axis(run.meetings[index].at)) - 2, top: box.ruler, width: 4, height: box.height };
  const d = run[table].driver[index];
  if (d < 0 || laneOf[d] < 0) return null;
  const b = bars[d];
  if (table === "marks") return { left: x(markAt[index]) - 6, top: b.top + b.height, width: 12, height: 16 };
  const height = b.height / run.rows[d], left = x(spanFrom[index]);
  return { left, top: b.top + Math.min(run.spans.depth[index], 3) * height, width: Math.max(x(spanTo[index]) - left, 2), height };
}

// itemAt finds what is drawn at a point: marks first, then steps, messages and points.
function itemAt(px, py) {
  if (px < box.gutter || py < box.ruler) return null;
  return nearest("marks", px, py, 3) || nearest("spans", px, py, 1) || messageAt(px, py) || meetingAt(px);
}

function nearest(table, px, py, slack) {
  const lane = Math.floor((py - box.ruler + view.top) / box.lane), driver = lanes[lane];
  if (driver === undefined || view.groups.has("steps") && table === "spans") return null;
  let best = null, least = Infinity;
  const at = axisAt(px), reach = (slack + 8) * (view.to - view.from) / (box.width - box.gutter);
  const from = table === "spans" ? spanFrom : markAt, to = table === "spans" ? spanTo : markAt;
  for (let index = 0; index < from.length; index++) {
    if (run[table].driver[index] !== driver || from[index] > at + reach || to[index] < at - reach || table === "marks" && hidden(index)) continue;
    const p = placeOf({ table, index });
    if (px < p.left - slack || px > p.left + p.width + slack || py < p.top - slack || py > p.top + p.height + slack) continue;
    const distance = Math.abs(p.left + p.width / 2 - px) + p.width;
    if (distance < least) { least = distance; best = { table, index }; }
  }
  return best;
}

function messageAt(px, py) {
  if (view.groups.has("messages")) return null;
  let best = null, least = 6;
  for (const index of visibleMessages()) {
    const e = ends(index), dx = e.x2 - e.x1, dy = e.y2 - e.y1;
    const part = Math.max(0, Math.min(1, ((px - e.x1) * dx + (py - e.y1) * dy) / (dx * dx + dy * dy || 1)));
    const distance = Math.hypot(px - e.x1 - part * dx, py - e.y1 - part * dy);
    if (distance < least) { least = distance; best = { table: "messages", index }; }
  }
  return best;
}

function meetingAt(px) {
  const index = run.meetings.findIndex(m => Math.abs(x(scale.axis(m.at)) - px) < 4);
  return index < 0 || view.groups.has("points") ? null : { table: "meetings", index };
}

const name = d => d < 0 ? "the run" : run.drivers[d].name;
const timeOf = item => item.table === "spans" || item.table === "messages" ? run[item.table].begin[item.index] : item.table === "marks" ? run.marks.at[item.index] : run.meetings[item.index].at;
const driverOf = item => item.table === "messages" ? run.messages.from[item.index] : item.table === "meetings" ? -1 : run[item.table].driver[item.index];

// tell puts an item into words: a title, and pairs.
function tell({ table, index: i }) {
  const text = column => run.strings[run[table][column][i]];
  switch (table) {
    case "spans": return tellSpan(i, text);
    case "messages": {
      const { from, to, begin, took, count, flags, id } = run.messages;
      return { title: `${short(text("event"))}${count[i] > 1 ? ` ×${count[i]}` : ""}: ${name(from[i])} → ${name(to[i])}`, pairs: [
        ["sent", moment(begin[i], 1e3)], ["arrived", flags[i] & lost ? "not recorded" : `${length(took[i])} later`],
        ["is", flags[i] & answers ? "an answer" : ""], ["endpoints", text("endpoints")], ["type", text("event")], ["event", `${text("instance")}-${id[i]}`]] };
    }
    case "marks": {
      const { driver, kind, at, took } = run.marks;
      return { title: `${run.kinds[kind[i]].symbol} ${name(driver[i])}: ${text("text")}`, pairs: [
        ["at", moment(at[i], 1e3)], ["took", took[i] ? length(took[i]) : ""], ["type", text("event")], ["kind", run.kinds[kind[i]].name]] };
    }
  }
  const m = run.meetings[i];
  return { title: `${m.error ? "✗" : "◆"} ${m.point}`, bad: m.error, pairs: [
    ["at", moment(m.at, 1e3)], ["goes on", some(m.drivers)], ["by", m.signal >= 0 ? name(m.signal) : ""], ["error", m.error || ""]] };
}

function tellSpan(i, text) {
  const { driver, step, begin, took, flags } = run.spans;
  return { title: `${name(driver[i])}, action ${step[i]}: ${text("text")}`, bad: text("error"), pairs: [
    ["began", moment(begin[i], 1e3)], ["took", length(took[i]) + (flags[i] & open ? "; its end was not recorded" : "")],
    ["waited", flags[i] & waits ? "for other drivers" : ""], ["error", text("error")], ["declared", text("source")]] };
}

function some(drivers) {
  const names = drivers.slice(0, 6).map(name).join(", ");
  return drivers.length > 6 ? `${names} and ${drivers.length - 6} more` : names;
}

function element(tag, text, ...inner) {
  const e = document.createElement(tag);
  if (text) e.textContent = text;
  e.append(...inner);
  return e;
}

function fill(target, told, level) {
  const list = element("dl", "");
  for (const [key, value] of told.pairs) if (value) list.append(element("dt", key), element("dd", value));
  target.replaceChildren(element(level, told.title), list);
  target.classList.toggle("failed", Boolean(told.bad));
}

function showTip(item, px, py) {
  tip.hidden = !item;
  canvas.classList.toggle("over", Boolean(item));
  if (!item) return;
  const told = tell(item);
  tip.replaceChildren(element("b", told.title), ...told.pairs.filter(p => p[1]).slice(0, 4).map(p => element("div", `${p[0]} ${p[1]}`)));
  tip.style.left = Math.max(4, Math.min(px + 14, box.width - tip.offsetWidth - 8)) + "px";
  tip.style.top = Math.max(4, Math.min(py + 14, box.height - tip.offsetHeight - 8)) + "px";
}

// select marks an item and says all about it.
function select(item) {
  view.item = item;
  panel.hidden = !item;
  tip.hidden = true;
  if (item) {
    fill(panel, tell(item), "h2");
    const close = element("button", "✕");
    close.className = "close";
    close.setAttribute("aria-label", "Close");
    close.onclick = () => select(null);
    panel.append(close);
    if (driverOf(item) >= 0) view.driver = driverOf(item);
    view.moment = timeOf(item);
    remember();
  }
  redraw();
}

// follow selects the next or the previous event of the selected driver.
function follow(direction) {
  const all = itemsOf(view.driver >= 0 ? view.driver : lanes[0]);
  if (!all.length) return;
  let at = view.item ? all.findIndex(i => i.table === view.item.table && i.index === view.item.index) : -1;
  if (at < 0 && run.failure) at = all.findLastIndex(i => timeOf(i) <= run.failure.at) - direction;
  at = Math.max(0, Math.min(all.length - 1, at + direction));
  const driver = view.driver;
  select(all[at]);
  view.driver = driver;
  showTime(timeOf(all[at]));
  showDriver(driver);
}

function itemsOf(driver) {
  const all = [];
  const add = (table, length, owns) => { for (let index = 0; index < length; index++) if (owns(index)) all.push({ table, index }); };
  add("spans", spanFrom.length, i => run.spans.driver[i] === driver);
  add("messages", messageFrom.length, i => touches(i, driver) && !view.types.has(run.messages.event[i]));
  add("meetings", run.meetings.length, i => run.meetings[i].drivers.includes(driver));
  add("marks", markAt.length, i => run.marks.driver[i] === driver && !hidden(i));
  return all.sort((a, b) => timeOf(a) - timeOf(b));
}

function describeView(spans, messages) {
  const text = `${moment(Math.max(0, scale.time(view.from)))} – ${moment(Math.min(run.end, scale.time(view.to)))} · ` +
    `${lanes.length} of ${run.drivers.length} drivers · ${spans} steps, ${messages} messages in view`;
  document.getElementById("status").textContent = text;
}
