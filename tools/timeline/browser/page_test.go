package browser

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/timeline"
	"github.com/lahja/go-lahja/tools/timeline/timelinetest"
)

// These are several times what a page takes on a machine that does nothing else.
const (
	loadLimit   = 5000.0 // milliseconds
	redrawLimit = 500.0
)

// failingStep is where the failing step is drawn, and the part of the canvas where it can be seen.
const failingStep = `(() => {
	const p = lahja.placeOf({ table: "spans", index: lahja.run.failure.span }), b = lahja.box;
	return p && p.left >= b.gutter && p.left + p.width <= b.width && p.top >= b.ruler && p.top + p.height <= b.height;
})()`

func TestThePageOpensAtTheFailure(t *testing.T) {
	for name, recorded := range map[string]*recording.Run{"3 drivers": timelinetest.Shop(), "100 drivers": timelinetest.Hundred()} {
		t.Run(name, func(t *testing.T) {
			p := open(t, recorded)
			if !value[bool](p, failingStep) {
				t.Error("the failing step is not in view")
			}
			if text := value[string](p, `document.querySelector("#failures").innerText`); !strings.Contains(text, recorded.Outcome.Failures[0].Text) {
				t.Errorf("the failures do not say %q: %s", recorded.Outcome.Failures[0].Text, text)
			}
		})
	}
}

func TestAPageOfARunThatPassedShowsAll(t *testing.T) {
	p := open(t, timelinetest.ShopPassed())
	if !value[bool](p, `lahja.view.from <= 0 && document.querySelector("#failure").hidden`) {
		t.Error("the page does not show the run from its beginning")
	}
}

func TestALargePageIsFast(t *testing.T) {
	p := open(t, timelinetest.Hundred())
	load, atFailure := value[float64](p, `lahja.timing.load`), value[float64](p, `lahja.timing.redraw`)
	p.press("0")
	whole := value[float64](p, redrawTime)
	p.press("i")
	unfolded := value[float64](p, redrawTime)
	t.Logf("load %.0f ms; redraw %.1f ms at the failure, %.1f ms of the whole run, %.1f ms of it unfolded", load, atFailure, whole, unfolded)
	if load > loadLimit {
		t.Errorf("the page took %.0f ms to load", load)
	}
	if worst := max(atFailure, whole, unfolded); worst > redrawLimit {
		t.Errorf("a redraw took %.0f ms", worst)
	}
}

// redrawTime is the median of several redraws, each until its pixels can be read.
const redrawTime = `(() => {
	const context = document.getElementById("canvas").getContext("2d"), all = [];
	for (let i = 0; i < 9; i++) {
		const began = performance.now();
		lahja.draw();
		context.getImageData(0, 0, 1, 1);
		all.push(performance.now() - began);
	}
	return all.sort((a, b) => a - b)[4];
})()`

func TestKeysZoomAndPan(t *testing.T) {
	p := open(t, timelinetest.Shop())
	p.press("0")
	before := value[float64](p, `lahja.view.to - lahja.view.from`)
	p.press("+")
	zoomed := value[float64](p, `lahja.view.to - lahja.view.from`)
	if zoomed >= before {
		t.Errorf("+ shows %.0f ns, and it was %.0f before", zoomed, before)
	}
	from := value[float64](p, `lahja.view.from`)
	p.press(kb.ArrowRight)
	if now := value[float64](p, `lahja.view.from`); now <= from {
		t.Errorf("the right arrow moved from %.0f to %.0f", from, now)
	}
	p.press("f")
	if !value[bool](p, failingStep) {
		t.Error("f does not show the failing step")
	}
}

func TestKeysReadEvents(t *testing.T) {
	p := open(t, timelinetest.Shop())
	p.press("p")
	p.press("n")
	text := value[string](p, `document.getElementById("details").innerText`)
	if !strings.Contains(text, "payments") {
		t.Errorf("the details say %q, want something of payments", text)
	}
	p.press(kb.Escape)
	if !value[bool](p, `document.getElementById("details").hidden`) {
		t.Error("Escape does not close the details")
	}
}

func TestDriversAreFiltered(t *testing.T) {
	p := open(t, timelinetest.Hundred())
	p.redrawn(chromedp.SendKeys("#filter", "^server-[0-3]$"))
	p.do(until(`lahja.lanes.length === 4`))
	p.redrawn(run(`(() => { const f = document.getElementById("filter"); f.value = ""; f.dispatchEvent(new Event("input")); })()`))
	p.redrawn(chromedp.Click("#related"))
	if n := value[int](p, `lahja.lanes.length`); n != 2 {
		t.Errorf("got %d drivers related to the failed one, want itself and its server", n)
	}
}

func TestAWrongFilterIsMarked(t *testing.T) {
	p := open(t, timelinetest.Shop())
	p.do(chromedp.SendKeys("#filter", "("), until(`document.querySelector("#filter[aria-invalid=true]") !== null`))
	if n := value[int](p, `lahja.lanes.length`); n != 3 {
		t.Errorf("got %d drivers, want all 3", n)
	}
}

func TestAClickTellsDetails(t *testing.T) {
	p := open(t, timelinetest.Shop())
	at := value[map[string]float64](p, `(() => {
		const p = lahja.placeOf({ table: "spans", index: lahja.run.failure.span }), c = document.getElementById("canvas").getBoundingClientRect();
		return { x: c.left + p.left + p.width / 2, y: c.top + p.top + p.height / 2 };
	})()`)
	p.redrawn(chromedp.MouseClickXY(at["x"], at["y"]))
	if text := value[string](p, `document.getElementById("details").innerText`); !strings.Contains(text, "payments, action 4: WaitFor[Order]()") || !strings.Contains(text, "timeout") {
		t.Errorf("got details %q", text)
	}
}

func TestPagesOfOddRunsLogNoErrors(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	p := open(t, timelinetest.Odd(r))
	for range 25 {
		content, err := timeline.Page(timelinetest.Odd(r))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(strings.TrimPrefix(p.url, "file://"), content, 0o644); err != nil {
			t.Fatal(err)
		}
		p.do(chromedp.Reload(), until(`window.lahja?.timing.load > 0 || document.getElementById("status").textContent`))
		for _, key := range []string{"0", "f", "j", "n", "r", "i", "+"} {
			p.do(chromedp.KeyEvent(key))
		}
		p.do(run(`lahja.draw()`))
	}
}

// With LAHJA_SCREENSHOTS, the pages are kept as pictures in that folder.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("LAHJA_SCREENSHOTS")
	if dir == "" {
		t.Skip("LAHJA_SCREENSHOTS names no folder")
	}
	for name, recorded := range map[string]*recording.Run{"3": timelinetest.Shop(), "100": timelinetest.Hundred()} {
		for _, theme := range []string{"light", "dark"} {
			p := open(t, recorded, prefers(theme), chromedp.EmulateViewport(1280, 800))
			p.picture(dir, name+"-"+theme)
			p.press("0")
			p.picture(dir, name+"-"+theme+"-all")
			p.press("f")
			p.press("r")
			p.picture(dir, name+"-"+theme+"-related")
			p.press("p")
			p.picture(dir, name+"-"+theme+"-details")
		}
	}
}

func (p *page) picture(dir, name string) {
	p.t.Helper()
	picture, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "page-"+name+".png"), picture, 0o644); err != nil {
		p.t.Fatal(err)
	}
}
