package browser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/tools/timeline/timelinetest"
)

func TestATypeIsHiddenWithItsMessagesAndMarks(t *testing.T) {
	p := open(t, timelinetest.Shop())
	const orders = `[...document.querySelectorAll("#types label")].find(l => l.textContent.includes("shop.Order")).firstChild`
	messages := func() string {
		_, said, _ := strings.Cut(value[string](p, `document.getElementById("status").innerText`), "steps, ")
		return said
	}
	before := messages()
	x, y := p.reach("a message", order)
	p.redrawn(run(orders + `.click()`))
	if after := messages(); before != "3 messages in view" || after != "2 messages in view" {
		t.Errorf("the page has %s without orders, and %s with them", after, before)
	}
	if text := p.hover(x, y); text != "" {
		t.Errorf("where the order was, the page says %q", text)
	}
	drawn := p.drawn()
	for _, left := range []string{`fillText("shop.Order"`, `fillText("subscribed to`} {
		if strings.Contains(drawn, left) {
			t.Errorf("the page still has %s", left)
		}
	}
	if !strings.Contains(drawn, `fillText("shop.Price"`) {
		t.Errorf("the prices are hidden, too:\n%s", drawn)
	}
}

func TestEachChoiceHidesSomethingAndShowsItAgain(t *testing.T) {
	p := open(t, timelinetest.Shop())
	full := p.drawn()
	n := value[int](p, `document.querySelectorAll("#groups input").length`)
	if n < 8 {
		t.Errorf("got %d choices, want one for each group of kinds", n)
	}
	for i := range n {
		box := fmt.Sprintf(`document.querySelectorAll("#groups input")[%d]`, i)
		label := value[string](p, box+`.parentElement.textContent`)
		p.redrawn(run(box + `.click()`))
		if p.drawn() == full {
			t.Errorf("%s: nothing is hidden", label)
		}
		p.redrawn(run(box + `.click()`))
		if p.drawn() != full {
			t.Errorf("%s: the page is not as it was", label)
		}
	}
}

func TestTheStatusCountsWhatIsInView(t *testing.T) {
	p := open(t, timelinetest.Hundred())
	p.press("r")
	if got, want := value[string](p, `document.getElementById("status").innerText`), "2 of 100 drivers · 10 steps, 16 messages in view"; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q in it", got, want)
	}
}
