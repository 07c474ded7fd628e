// Mouse, keyboard, filters, theme and links.

const at = id => document.getElementById(id);
let drag = null, remembering = 0;

function press(event) {
  if (event.button !== 0) return;
  drag = { x: event.offsetX, y: event.offsetY, moved: false };
  canvas.setPointerCapture(event.pointerId);
}

function move(event) {
  const px = event.offsetX, py = event.offsetY;
  if (!drag) { showTip(itemAt(px, py), px, py); return; }
  if (!drag.moved && Math.hypot(px - drag.x, py - drag.y) < 4) return;
  drag.moved = true;
  canvas.classList.add("moving");
  tip.hidden = true;
  scrollTo(view.top - (py - drag.y));
  pan(drag.x - px);
  drag.x = px;
  drag.y = py;
}

function release(event) {
  if (!drag || event.button !== 0) return;
  const { moved } = drag;
  letGo();
  if (moved) { remember(); return; }
  const px = event.offsetX, py = event.offsetY;
  if (px < box.gutter && py > box.ruler) { selectDriver(lanes[Math.floor((py - box.ruler + view.top) / box.lane)]); return; }
  select(itemAt(px, py));
}

function letGo() {
  drag = null;
  canvas.classList.remove("moving");
}

function selectDriver(driver) {
  if (driver === undefined) return;
  view.driver = view.driver === driver ? -1 : driver;
  if (view.related) arrange();
  remember();
  redraw();
}

function wheel(event) {
  event.preventDefault();
  const fits = lanes.length * box.lane <= box.height - box.ruler + 1;
  if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) pan(event.deltaX || event.deltaY);
  else if (event.ctrlKey || event.metaKey || fits) zoom(Math.exp(event.deltaY * 0.002), axisAt(Math.max(event.offsetX, box.gutter)));
  else { scrollTo(view.top + event.deltaY); redraw(); }
  remember();
}

function moveOverview(event) {
  if (!event.buttons) return;
  const to = (event.offsetX - 8) / (box.width - 16) * total, half = (view.to - view.from) / 2;
  show(to - half, to + half);
  remember();
}

const keys = {
  ArrowLeft: () => pan(-box.width / 6), ArrowRight: () => pan(box.width / 6),
  ArrowUp: () => { scrollTo(view.top - Math.max(40, box.lane)); redraw(); }, ArrowDown: () => { scrollTo(view.top + Math.max(40, box.lane)); redraw(); },
  PageUp: () => { scrollTo(view.top - box.height * 0.8); redraw(); }, PageDown: () => { scrollTo(view.top + box.height * 0.8); redraw(); },
  Home: () => show(-total * 0.01, view.to - view.from - total * 0.01), End: () => show(total * 1.02 - (view.to - view.from), total * 1.02),
  "+": () => zoom(0.6), "=": () => zoom(0.6), "-": () => zoom(1 / 0.6), "−": () => zoom(1 / 0.6),
  0: showAll, f: () => showFailure(), n: () => follow(1), p: () => follow(-1),
  j: () => nextDriver(1), k: () => nextDriver(-1),
  "/": () => at("filter").focus(), r: toggleRelated, i: () => at("fold").click(), t: switchTheme, "?": toggleHelp,
  Escape: () => { view.moment = null; select(null); },
};

function key(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input[type=search]")) {
    if (event.key === "Escape") { at("filter").value = ""; filter(); }
    if (event.key === "Escape" || event.key === "Enter") canvas.focus();
    return;
  }
  const does = keys[event.key];
  if (!does) return;
  event.preventDefault();
  does();
  remember();
}

function nextDriver(by) {
  if (!lanes.length) return;
  const lane = Math.max(0, laneOf[view.driver] ?? -1) + (view.driver < 0 ? 0 : by);
  view.driver = lanes[Math.max(0, Math.min(lanes.length - 1, lane))];
  view.item = null;
  showDriver(view.driver);
}

function toggleRelated() {
  if (view.driver < 0) view.driver = run.failure && run.failure.driver >= 0 ? run.failure.driver : 0;
  view.related = !view.related;
  at("related").setAttribute("aria-pressed", view.related);
  arrange();
  showDriver(view.driver);
}

function toggleHelp() {
  const help = at("help");
  help.hidden = !help.hidden;
  at("keys").setAttribute("aria-expanded", !help.hidden);
}

function filter() {
  const input = at("filter");
  let pattern = null;
  try {
    pattern = input.value ? new RegExp(input.value, "i") : null;
  } catch {
    input.classList.add("wrong");
    input.setAttribute("aria-invalid", "true");
    return;
  }
  input.classList.remove("wrong");
  input.removeAttribute("aria-invalid");
  view.pattern = pattern;
  arrange();
  remember();
  redraw();
}

// checkbox adds a choice to a menu that hides what it names.
function checkbox(menu, hides, value, label, colour) {
  const input = element("input", ""), sample = element("b", "");
  input.type = "checkbox";
  input.checked = !hides.has(value);
  input.onchange = () => { input.checked ? hides.delete(value) : hides.add(value); redraw(); };
  if (colour) {
    sample.textContent = "━▶ ";
    sample.style.color = `var(--${colour})`;
  }
  menu.append(element("label", "", input, " ", sample, label));
}

function fillMenus() {
  for (const [event, type] of run.types) checkbox(at("types"), view.types, event, `${type.short} (${type.count})`, type.colour);
  const groups = new Map([["steps", ""], ["messages", ""], ["points", "◆"]]);
  for (const kind of run.kinds) groups.set(kind.group, (groups.get(kind.group) || "") + kind.symbol);
  for (const [group, symbols] of groups) checkbox(at("groups"), view.groups, group, `${group} ${[...new Set(symbols)].join("")}`);
  at("legend").textContent = run.kinds.map(kind => `${kind.symbol} ${kind.name}`).join("   ");
}

function switchTheme() {
  const now = document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
  readColours();
  redraw();
}

// remember keeps the view in the address, so that it can be linked to. A browser allows only so
// many changes in a time.
function remember() {
  clearTimeout(remembering);
  remembering = setTimeout(() => history.replaceState(null, "", link()), 300);
}

function link() {
  const parts = new URLSearchParams();
  const middle = view.moment ?? scale.time((view.from + view.to) / 2);
  parts.set("t", Math.round(middle));
  parts.set("w", Math.round(view.to - view.from));
  if (view.driver >= 0) parts.set("d", run.drivers[view.driver].name);
  if (at("filter").value) parts.set("q", at("filter").value);
  if (!view.fold) parts.set("fold", "0");
  return "#" + parts;
}

// open shows what the address says, and reports whether it says anything.
function openLink() {
  const parts = new URLSearchParams(location.hash.slice(1)), t = timeFrom(parts.get("t"));
  if (t === null) return false;
  if (parts.get("fold") === "0") at("fold").checked = view.fold = false, stretch();
  if (parts.get("q")) { at("filter").value = parts.get("q"); filter(); }
  const driver = run.drivers.findIndex(d => d.name === parts.get("d"));
  if (driver >= 0) view.driver = driver;
  const width = Number(parts.get("w")) || view.to - view.from, middle = scale.axis(t);
  view.moment = t;
  show(middle - width / 2, middle + width / 2);
  showDriver(driver);
  return true;
}

// timeFrom reads nanoseconds, or a number with a unit: "14.25ms".
function timeFrom(text) {
  const parts = /^([0-9.]+)(ns|us|µs|ms|s)?$/.exec(text || "");
  return parts ? Number(parts[1]) * { ns: 1, us: 1e3, "µs": 1e3, ms: 1e6, s: 1e9 }[parts[2] || "ns"] : null;
}

async function copyLink() {
  history.replaceState(null, "", link());
  try {
    await navigator.clipboard.writeText(location.href);
    at("copy").textContent = "Copied";
  } catch {
    at("copy").textContent = "It is in the address bar";
  }
  setTimeout(() => { at("copy").textContent = "Copy link"; }, 1500);
}
