package browser

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/lahja/go-lahja/tools/timeline/timelinetest"
)

// place is a rectangle of the window, in pixels. A message's is around its arrow.
type place struct{ Left, Top, Width, Height float64 }

func (b place) middle() (x, y float64) { return b.Left + b.Width/2, b.Top + b.Height/2 }

// placeOf is where an item is drawn, such as {table: "spans", index: 3}.
func (p *page) placeOf(item string) place {
	p.t.Helper()
	return value[place](p, `(() => {
		const p = lahja.placeOf(`+item+`), c = document.getElementById("canvas").getBoundingClientRect();
		const left = p.left ?? Math.min(p.x1, p.x2), top = p.top ?? Math.min(p.y1, p.y2);
		return { Left: c.left + left, Top: c.top + top, Width: p.width ?? Math.abs(p.x1 - p.x2), Height: p.height ?? Math.abs(p.y1 - p.y2) };
	})()`)
}

const (
	failing = `{ table: "spans", index: lahja.run.failure.span }`
	// order is the message that payments waits for.
	order = `{ table: "messages", index: lahja.run.messages.event.findIndex(e => lahja.run.strings[e] === "shop.Order") }`
	paid  = `{ table: "meetings", index: lahja.run.meetings.findIndex(m => m.point === 'checkpoint "paid"') }`
	// warming is the line that payments logs.
	warming = `{ table: "marks", index: lahja.run.marks.text.findIndex(t => lahja.run.strings[t].includes("warming up")) }`
)

func mouse(does input.DispatchMouseEventParams) action { return call(input.DispatchMouseEvent, does) }

// Modifiers of a mouse event.
const ctrl, shift = 2, 8

// turn is the command of a turn of the wheel, which wants both ways, also those that are 0.
var turn = cdp.Command[map[string]any, cdp.Empty]{Method: input.CommandDispatchMouseEvent}

func (p *page) wheel(x, y, by float64, modifiers int) {
	p.t.Helper()
	p.redrawn(call(turn, map[string]any{"type": chromedp.MouseWheel, "x": x, "y": y, "deltaX": 0, "deltaY": by, "modifiers": modifiers}))
}

// hover moves the pointer, and returns what the page says beside it.
func (p *page) hover(x, y float64) string {
	p.t.Helper()
	p.do(mouse(input.DispatchMouseEventParams{Type: chromedp.MouseMoved, X: x, Y: y}))
	return value[string](p, `document.getElementById("tip").hidden ? "" : document.getElementById("tip").innerText`)
}

func (p *page) button(does input.DispatchMouseEventType, x, y float64, button input.MouseButton) {
	p.t.Helper()
	p.do(mouse(input.DispatchMouseEventParams{Type: does, X: x, Y: y, Button: button, ClickCount: 1}))
}

func (p *page) click(x, y float64) {
	p.t.Helper()
	p.button(chromedp.MousePressed, x, y, input.MouseButtonLeft)
	p.button(chromedp.MouseReleased, x, y, input.MouseButtonLeft)
}

// drag presses the button at a place, moves and lets go.
func (p *page) drag(x, y, right, down float64) {
	p.t.Helper()
	p.button(chromedp.MousePressed, x, y, input.MouseButtonLeft)
	for part := 0.25; part <= 1; part += 0.25 {
		p.redrawn(mouse(input.DispatchMouseEventParams{Type: chromedp.MouseMoved, X: x + right*part, Y: y + down*part, Button: input.MouseButtonLeft, Buttons: 1}))
	}
	p.button(chromedp.MouseReleased, x+right, y+down, input.MouseButtonLeft)
}

// near reports whether two places on the page are the same pixel.
func near(a, b float64) bool { return math.Abs(a-b) < 1.5 }

// details are what the panel says, empty where it is closed.
func (p *page) details() string {
	p.t.Helper()
	return value[string](p, `document.getElementById("details").hidden ? "" : document.getElementById("details").innerText`)
}

func TestTheWheelZoomsAroundThePointer(t *testing.T) {
	for name, modifiers := range map[string]int{"3 drivers": 0, "100 drivers": ctrl} {
		t.Run(name, func(t *testing.T) {
			recorded := timelinetest.Shop()
			if modifiers == ctrl {
				recorded = timelinetest.Hundred()
			}
			p := open(t, recorded)
			before := p.placeOf(failing)
			_, y := before.middle()
			p.wheel(before.Left, y, -200, modifiers)
			in := p.placeOf(failing)
			if in.Width <= before.Width || !near(in.Left, before.Left) || in.Top != before.Top {
				t.Errorf("the failing step is at %+v after zooming in at its left edge, and was at %+v", in, before)
			}
			p.wheel(before.Left, y, 200, modifiers)
			if out := p.placeOf(failing); !near(out.Left, before.Left) || !near(out.Width, before.Width) {
				t.Errorf("the failing step is at %+v after zooming in and out, and was at %+v", out, before)
			}
		})
	}
}

func TestTheWheelScrollsWhereNotAllDriversFit(t *testing.T) {
	p := open(t, timelinetest.Hundred())
	before := p.placeOf(failing)
	x, y := before.middle()
	p.wheel(x, y, 90, 0)
	if after := p.placeOf(failing); !near(after.Top, before.Top-90) || after.Left != before.Left || after.Width != before.Width {
		t.Errorf("the failing step is at %+v after scrolling by 90, and was at %+v", after, before)
	}
	p.wheel(x, y, 60, shift)
	if after := p.placeOf(failing); !near(after.Left, before.Left-60) || !near(after.Top, before.Top-90) {
		t.Errorf("the failing step is at %+v after moving by 60, and was at %+v", after, before)
	}
}

func TestDraggingPans(t *testing.T) {
	p := open(t, timelinetest.Hundred())
	before := p.placeOf(failing)
	p.drag(before.Left-300, before.Top+60, 140, -100)
	after := p.placeOf(failing)
	if !near(after.Left, before.Left+140) || !near(after.Top, before.Top-100) || !near(after.Width, before.Width) {
		t.Errorf("the failing step is at %+v after dragging by 140, -100, and was at %+v", after, before)
	}
	if text := p.details(); text != "" {
		t.Errorf("dragging opens details: %s", text)
	}
	p.hover(after.Left-200, after.Top+90)
	p.do(run(`lahja.draw()`))
	if now := p.placeOf(failing); now != after {
		t.Errorf("the failing step follows the pointer to %+v after the drag has ended at %+v", now, after)
	}
}

func TestDraggingTheOverviewMovesThere(t *testing.T) {
	p := open(t, timelinetest.Hundred())
	at := value[place](p, `(() => { const r = document.getElementById("overview").getBoundingClientRect(); return { Left: r.left, Top: r.top, Width: r.width, Height: r.height }; })()`)
	x, y := at.middle()
	p.button(chromedp.MousePressed, x, y, input.MouseButtonLeft)
	p.redrawn(mouse(input.DispatchMouseEventParams{Type: chromedp.MouseMoved, X: at.Left + at.Width/4, Y: y, Button: input.MouseButtonLeft, Buttons: 1}))
	p.button(chromedp.MouseReleased, at.Left+at.Width/4, y, input.MouseButtonLeft)
	got, end := value[float64](p, `(lahja.view.from + lahja.view.to) / 2`), value[float64](p, `lahja.run.end`)
	if got < 0.15*end || got > 0.35*end {
		t.Errorf("the middle of the view is %.0f of %.0f, want about a quarter", got, end)
	}
}

// things are what is drawn, and what the page says of it.
var things = map[string]struct{ item, says string }{
	"a step":    {failing, "payments, action 4: WaitFor[Order]()"},
	"a message": {order, "shop.Order: client → orders"},
	"a point":   {paid, `checkpoint "paid"`},
	"a mark":    {warming, "payments: INFO warming up tables=12"},
}

// reach is a pixel of the item that no other item covers.
func (p *page) reach(name, item string) (x, y float64) {
	at := p.placeOf(item)
	x, y = at.middle()
	switch name {
	case "a message":
		// In the middle of its arrow stands the step of the driver between.
		x, y = at.Left+at.Width*0.2, at.Top+at.Height*0.8
	case "a point":
		y = at.Top + 20
	}
	return x, y
}

func TestThePointerTellsOfWhatItIsOn(t *testing.T) {
	p := open(t, timelinetest.Shop())
	for name, thing := range things {
		if text := p.hover(p.reach(name, thing.item)); !strings.Contains(text, thing.says) {
			t.Errorf("%s: the page says %q, want %q", name, text, thing.says)
		}
	}
	at := p.placeOf(failing)
	if text := p.hover(at.Left-20, at.Top-60); text != "" {
		t.Errorf("the page says %q of an empty place", text)
	}
}

func TestAClickKeepsDetailsOpen(t *testing.T) {
	p := open(t, timelinetest.Shop())
	empty := p.placeOf(failing)
	for name, thing := range things {
		p.do(chromedp.KeyEvent(kb.Escape)) // The details may cover the next item.
		p.click(p.reach(name, thing.item))
		p.hover(empty.Left-20, empty.Top-60)
		if text := p.details(); !strings.Contains(text, thing.says) {
			t.Errorf("%s: the details say %q, want %q", name, text, thing.says)
		}
	}
	p.click(empty.Left-20, empty.Top-60)
	if text := p.details(); text != "" {
		t.Errorf("a click on an empty place leaves details open: %s", text)
	}
}

func TestOnlyTheLeftButtonSelects(t *testing.T) {
	p := open(t, timelinetest.Shop())
	x, y := p.placeOf(failing).middle()
	p.button(chromedp.MousePressed, x, y, input.MouseButtonRight)
	p.button(chromedp.MouseReleased, x, y, input.MouseButtonRight)
	if text := p.details(); text != "" {
		t.Errorf("the right button opens details: %s", text)
	}
}

func TestAClickOnANameSelectsTheDriver(t *testing.T) {
	p := open(t, timelinetest.Shop())
	for driver, name := range []string{"orders", "payments", "client"} {
		if value[int](p, `lahja.view.driver`) == driver {
			continue
		}
		_, y := p.placeOf(fmt.Sprintf(`{ table: "spans", index: lahja.run.spans.driver.indexOf(%d) }`, driver)).middle()
		p.click(20, y)
		if got := value[int](p, `lahja.view.driver`); got != driver {
			t.Errorf("a click on %s selects driver %d, want %d", name, got, driver)
		}
	}
}
