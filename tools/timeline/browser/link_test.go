package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/lahja/go-lahja/tools/timeline/timelinetest"
)

func TestALinkLeadsToItsMoment(t *testing.T) {
	p := openAt(t, timelinetest.Hundred(), "#t=100ms&d=client-3-4&w=2000000")
	if !value[bool](p, `lahja.view.moment === 1e8 && lahja.view.to - lahja.view.from === 2e6 && lahja.run.drivers[lahja.view.driver].name === "client-3-4"`) {
		t.Errorf("got view %s", value[string](p, `JSON.stringify(lahja.view)`))
	}
	p.redrawn(run(`location.hash = "#t=50ms&w=2000000"`))
	if !value[bool](p, `lahja.view.moment === 5e7 && lahja.view.from < lahja.view.to`) {
		t.Error("a link within the page does not lead to its moment")
	}
}

// The guide names this link.
func TestALinkNeedsOnlyAMomentAndADriver(t *testing.T) {
	p := openAt(t, timelinetest.Shop(), "#t=14.25ms&d=payments")
	step := p.placeOf(failing)
	middle := value[float64](p, `lahja.box.gutter + (lahja.box.width - lahja.box.gutter) / 2`)
	if !near(step.Left, middle) {
		t.Errorf("the step that began at that moment is drawn from %.0f, want the middle, %.0f", step.Left, middle)
	}
	if got := value[string](p, `lahja.run.drivers[lahja.view.driver].name`); got != "payments" {
		t.Errorf("%s is selected, want payments", got)
	}
}

func TestALinkOfTheViewLeadsBackToIt(t *testing.T) {
	p := open(t, timelinetest.Shop())
	p.press("+")
	p.redrawn(chromedp.SendKeys("#filter", "orders|pay"))
	p.do(until(`lahja.lanes.length === 2`))
	p.redrawn(chromedp.Click("#fold"))
	p.do(chromedp.Click("#copy"))
	const view = `[lahja.view.from, lahja.view.to].map(Math.round).join() + " fold " + lahja.view.fold + " drivers " + lahja.lanes.length`
	hash, want := value[string](p, `location.hash`), value[string](p, view)
	if !strings.HasSuffix(want, "fold false drivers 2") {
		t.Errorf("the view is %s", want)
	}
	again := openAt(t, timelinetest.Shop(), hash)
	if got := value[string](again, view); got != want {
		t.Errorf("%s leads to %s, want %s", hash, got, want)
	}
}

func TestTheListOfFailuresLeadsToTheFailure(t *testing.T) {
	p := openAt(t, timelinetest.Hundred(), "#t=20ms&d=server-0&w=5000000")
	if value[bool](p, failingStep) {
		t.Fatal("the failing step is in view before")
	}
	at := value[place](p, `(() => { const r = document.querySelector("#failures a").getBoundingClientRect(); return { Left: r.left, Top: r.top, Width: r.width, Height: r.height }; })()`)
	p.redrawn(chromedp.MouseClickXY(at.middle()))
	if !value[bool](p, failingStep) {
		t.Error("the link of the failure does not show the failing step")
	}
}
