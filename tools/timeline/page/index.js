// The index: what two engines disagree about, and the theme.

const table = document.getElementById("outcomes");
const engines = [...table.querySelectorAll("th.engine")].map(th => th.textContent);
const rows = [...table.tBodies[0].rows];
const left = document.getElementById("left"), right = document.getElementById("right");

const differs = (row, a, b) => {
  const [x, y] = [row.cells[a + 1], row.cells[b + 1]];
  return x.dataset.verdict !== undefined && y.dataset.verdict !== undefined && (x.dataset.verdict !== y.dataset.verdict || x.dataset.text !== y.dataset.text);
};

function element(tag, ...inner) {
  const e = document.createElement(tag);
  e.append(...inner);
  return e;
}

// side is an outcome in words, with the link of its cell.
function side(cell) {
  const made = element("td", ...[...cell.childNodes].map(n => n.cloneNode(true)), ` ${cell.dataset.verdict}`, cell.dataset.text ? `: ${cell.dataset.text}` : "");
  made.className = cell.className;
  return made;
}

function compare() {
  const a = left.selectedIndex, b = right.selectedIndex, sides = document.getElementById("sides");
  const found = rows.filter(row => differs(row, a, b));
  sides.hidden = !found.length;
  sides.tHead.replaceChildren(element("tr", element("th", "scenario"), element("th", engines[a]), element("th", engines[b])));
  sides.tBodies[0].replaceChildren(...found.map(row => element("tr", element("th", row.cells[0].textContent), side(row.cells[a + 1]), side(row.cells[b + 1]))));
  document.getElementById("differ").textContent = found.length === 1 ? "1 scenario differs" : `${found.length} scenarios differ`;
}

// choose selects the two engines that differ most.
function choose() {
  let most = -1;
  engines.forEach((_, a) => engines.slice(a + 1).forEach((_, i) => {
    const b = a + 1 + i, n = rows.filter(row => differs(row, a, b)).length;
    if (n > most) [most, left.selectedIndex, right.selectedIndex] = [n, a, b];
  }));
}

for (const list of [left, right]) {
  list.append(...engines.map(name => element("option", name)));
  list.addEventListener("change", compare);
}
document.getElementById("only").addEventListener("change", event => {
  for (const row of rows) row.hidden = event.target.checked && [...row.cells].slice(1).every(c => (c.dataset.verdict || "passed") === "passed");
});
document.getElementById("theme").addEventListener("click", () => {
  const root = document.documentElement.dataset;
  const now = root.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  root.theme = now === "dark" ? "light" : "dark";
});
choose();
if (engines.length > 1) compare();
