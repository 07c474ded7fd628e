package browser

import (
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/lahja/go-lahja/tools/timeline/timelinetest"
)

// times are the first and the last moment in view, as the page says them.
var times = regexp.MustCompile(`^([0-9.]+ m?s) – ([0-9.]+ m?s)`)

func TestIdleTimeIsFolded(t *testing.T) {
	p := open(t, timelinetest.Shop())
	p.press("0")
	const status, part = `document.getElementById("status").innerText`,
		`(() => { const p = lahja.placeOf({ table: "spans", index: lahja.run.failure.span }); return p.width / (lahja.box.width - lahja.box.gutter); })()`
	folded, said := value[float64](p, part), times.FindString(value[string](p, status))
	if folded < 0.02 || folded > 0.25 {
		t.Errorf("the failing step takes %.2f of the width, want a part that leaves room for the rest", folded)
	}
	p.press("i")
	if got := value[float64](p, part); got < 0.85 {
		t.Errorf("unfolded, the failing step takes %.2f of the width, want 300 of 317 ms", got)
	}
	if value[bool](p, `document.getElementById("fold").checked`) {
		t.Error("i does not clear the checkbox")
	}
	if now := times.FindString(value[string](p, status)); now != said {
		t.Errorf("unfolded, the page shows %s, and it showed %s", now, said)
	}
	p.redrawn(chromedp.Click("#fold"))
	if got := value[float64](p, part); math.Abs(got-folded) > 1e-6 {
		t.Errorf("folded again, the failing step takes %.3f of the width, and it took %.3f", got, folded)
	}
}

func TestTheRulerSaysHowMuchIsFoldedAndWhichPointsStandThere(t *testing.T) {
	p := open(t, timelinetest.Shop())
	drawn := p.drawn()
	for _, want := range []string{"⋯ 2.18 ms", "⋯ 3.69 ms", "⋯ 301 ms", "◆ open", "✗ paid"} {
		if !strings.Contains(drawn, `fillText("`+want+`",`) {
			t.Errorf("no %q in\n%s", want, drawn)
		}
	}
}
