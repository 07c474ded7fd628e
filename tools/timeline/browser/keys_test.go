package browser

import (
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/lahja/go-lahja/tools/timeline/timelinetest"
)

func TestEachKeyMovesTheView(t *testing.T) {
	const width = `lahja.view.to - lahja.view.from`
	p := open(t, timelinetest.Hundred())
	for _, key := range []struct {
		name, key, measure string
		up                 bool
	}{
		{"+", "+", width, false},
		{"-", "-", width, true},
		{"left", kb.ArrowLeft, `lahja.view.from`, false},
		{"right", kb.ArrowRight, `lahja.view.from`, true},
		{"up", kb.ArrowUp, `lahja.view.top`, false},
		{"down", kb.ArrowDown, `lahja.view.top`, true},
		{"page up", kb.PageUp, `lahja.view.top`, false},
		{"page down", kb.PageDown, `lahja.view.top`, true},
		{"home", kb.Home, `lahja.view.from`, false},
		{"end", kb.End, `lahja.view.to`, true},
		{"j", "j", `lahja.view.driver`, true},
		{"k", "k", `lahja.view.driver`, false},
	} {
		before := value[float64](p, key.measure)
		p.press(key.key)
		if after := value[float64](p, key.measure); after == before || after > before != key.up {
			t.Errorf("%s: %s is %v, and was %v", key.name, key.measure, after, before)
		}
	}
	p.press("0")
	if !value[bool](p, `lahja.view.from <= 0 && lahja.view.to >= lahja.run.times.at(-1) - lahja.run.end * 0.2`) {
		t.Errorf("0 shows %s", value[string](p, `JSON.stringify(lahja.view)`))
	}
}

// slash presses the key as a keyboard does: a page that handles it keeps the character from the
// field. chromedp.KeyEvent sends the character by itself.
var slash = call(input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kb.KeyDown, Key: "/", Text: "/"})

func TestTheSlashLeadsToTheFilter(t *testing.T) {
	p := open(t, timelinetest.Shop())
	const focus, shown = `document.activeElement.id`, `[lahja.view.from, lahja.view.to].join()`
	before := value[string](p, shown)
	p.press("f")
	p.do(slash)
	if got := value[string](p, focus); got != "filter" {
		t.Errorf("/ leads to %q", got)
	}
	p.press("0") // which shows the whole run elsewhere
	if after := value[string](p, shown); after != before {
		t.Errorf("typing into the filter moves the view from %s to %s", before, after)
	}
	p.do(chromedp.KeyEvent(kb.Enter))
	if got := value[string](p, focus+` + " " + document.getElementById("filter").value + " " + lahja.lanes.length`); got != "canvas 0 0" {
		t.Errorf("Enter: got focus, filter and drivers %q", got)
	}
	p.do(slash)
	p.press(kb.Escape)
	if got := value[string](p, focus+` + document.getElementById("filter").value + " " + lahja.lanes.length`); got != "canvas 3" {
		t.Errorf("Escape: got focus, filter and drivers %q, want the canvas without a filter", got)
	}
}
