package browser

import (
	"fmt"
	"math"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/lahja/go-lahja/tools/timeline/timelinetest"
)

// prefers has the browser prefer a theme.
func prefers(theme string) action {
	return call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}})
}

// brightness is that of a corner of the canvas, and of the page around it.
const (
	canvasBrightness = `[...document.getElementById("canvas").getContext("2d").getImageData(lahja.box.width - 3, lahja.box.height - 3, 1, 1).data].slice(0, 3).reduce((a, b) => a + b) / 3`
	pageBrightness   = `getComputedStyle(document.body).backgroundColor.match(/\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b) / 3`
)

func (p *page) wantTheme(theme, after string) {
	p.t.Helper()
	for where, expression := range map[string]string{"canvas": canvasBrightness, "page": pageBrightness} {
		if got := value[float64](p, expression); (got > 200) != (theme == "light") || (got < 80) != (theme == "dark") {
			p.t.Errorf("%s: the %s has brightness %.0f, want it %s", after, where, got, theme)
		}
	}
}

func TestThemes(t *testing.T) {
	other := map[string]string{"light": "dark", "dark": "light"}
	for theme := range other {
		t.Run(theme, func(t *testing.T) {
			p := open(t, timelinetest.Shop(), prefers(theme))
			p.wantTheme(theme, "as preferred")
			p.redrawn(prefers(other[theme]))
			p.wantTheme(other[theme], "as preferred since it is open")
			p.press("t")
			p.wantTheme(theme, "after t")
			p.redrawn(prefers(theme))
			p.press("t")
			p.wantTheme(other[theme], "after t again")
		})
	}
}

// inks are the colours of texts, each with those that it is written on.
var inks = map[string][]string{
	"text": {"back", "panel", "note", "step", "wait", "lane", "fold"},
	"soft": {"back", "panel", "lane", "fold", "bad-lane"},
	"bad":  {"back", "panel", "bad-back", "bad-lane", "step"},
	"good": {"panel"},
	"meet": {"panel"},
	"c0":   {"back"}, "c1": {"back"}, "c2": {"back"}, "c3": {"back"},
	"c4": {"back"}, "c5": {"back"}, "c6": {"back"}, "c7": {"back"},
}

// WCAG 2 wants this contrast of texts of usual size.
const leastContrast = 4.5

func TestTextsCanBeReadInBothThemes(t *testing.T) {
	for _, theme := range []string{"light", "dark"} {
		p := open(t, timelinetest.Shop(), prefers(theme))
		for ink, grounds := range inks {
			for _, ground := range grounds {
				if got := contrast(p.luminance(ink), p.luminance(ground)); got < leastContrast {
					t.Errorf("%s: --%s on --%s has contrast %.1f, want %.1f", theme, ink, ground, got, leastContrast)
				}
			}
		}
	}
}

// luminance is the relative luminance of a colour of the theme, from 0 for black to 1 for white.
func (p *page) luminance(name string) float64 {
	p.t.Helper()
	rgb := value[[]float64](p, fmt.Sprintf(`(() => {
		const probe = document.createElement("i");
		document.body.append(probe);
		probe.style.color = "var(--%s)";
		const all = getComputedStyle(probe).color.match(/[0-9.]+/g).slice(0, 3).map(Number);
		probe.remove();
		return all;
	})()`, name))
	var linear [3]float64
	for i, c := range rgb {
		c /= 255
		if linear[i] = c / 12.92; c > 0.04045 {
			linear[i] = math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*linear[0] + 0.7152*linear[1] + 0.0722*linear[2]
}

func contrast(a, b float64) float64 { return (max(a, b) + 0.05) / (min(a, b) + 0.05) }
