// Opening the page.

function listen() {
  canvas.addEventListener("pointerdown", press);
  canvas.addEventListener("pointermove", move);
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", letGo);
  canvas.addEventListener("pointerleave", () => { tip.hidden = true; });
  canvas.addEventListener("wheel", wheel, { passive: false });
  canvas.addEventListener("dblclick", event => zoom(0.4, axisAt(event.offsetX)));
  overview.addEventListener("pointerdown", moveOverview);
  overview.addEventListener("pointermove", moveOverview);
  document.addEventListener("keydown", key);
  window.addEventListener("hashchange", openLink);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { readColours(); redraw(); });
  new ResizeObserver(() => { measure(); draw(); }).observe(canvas);
  const clicks = { all: showAll, failure: showFailure, in: () => zoom(0.6), out: () => zoom(1 / 0.6), copy: copyLink, theme: switchTheme, keys: toggleHelp, related: toggleRelated };
  for (const id in clicks) at(id).addEventListener("click", () => { clicks[id](); remember(); });
  for (const changes of ["input", "search"]) at("filter").addEventListener(changes, filter);
  at("fold").addEventListener("change", event => setFold(event.target.checked));
}

async function main() {
  run = await unpack();
  readColours();
  stretch();
  if (run.failure) view.driver = run.failure.driver;
  at("failure").hidden = !run.failure;
  fillMenus();
  arrange();
  showFailure();
  openLink();
  draw();
  listen();
  timing.load = performance.now();
}

// For tests, and for the curious.
window.lahja = { view, timing, get run() { return run; }, get lanes() { return lanes; }, draw, placeOf, box };

main().catch(error => {
  at("status").textContent = "The timeline cannot be drawn: " + error;
  console.error(error);
});
