package engine

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPrintableEscapesWhatIsNotForTheEye(t *testing.T) {
	for in, want := range map[string]string{
		"plain\ttext\n":               "plain\ttext\n",
		"\xff\x00\x1b[31m\a":          `\xff\x00\x1b[31m\a`,
		"caf\u00e9 \u65e5 \U0001f600": "caf\u00e9 \u65e5 \U0001f600",
		"cut\xe6\x97":                 `cut\xe6\x97`,
		"a\r\nb\rc":                   "a\\r\nb\\rc",
		"right\u202eleft\u0085":       `right\u202eleft\u0085`,
		"\ufffd is one":               "\ufffd is one",
	} {
		if got := Printable(in); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := Printable(want); got != want {
			t.Errorf("a second time: got %q, want %q", got, want)
		}
	}
}

func TestReadableCutsLongTextsAndSaysHowMuch(t *testing.T) {
	for _, unit := range []string{"x", "\u65e5", "\xff", "\x1b[31m", "line\n"} {
		long := "first" + strings.Repeat(unit, 1<<20) + "last"
		got := Readable(long)
		if len(got) > MaxText || !utf8.ValidString(got) || !strings.HasPrefix(got, "first") || !strings.HasSuffix(got, "last") {
			t.Errorf("%q: got %d bytes, %.20q to %.20q; want at most %d, from first to last", unit, len(got), got, got[len(got)-20:], MaxText)
		}
		if !strings.Contains(got, " bytes cut …]") {
			t.Errorf("%q: the text does not say how much was cut", unit)
		}
		if again := Readable(got); again != got {
			t.Errorf("%q: reading it a second time changes it", unit)
		}
	}
	if got := Readable(strings.Repeat("x", MaxText)); len(got) != MaxText {
		t.Errorf("got %d bytes, want a text of %d bytes whole", len(got), MaxText)
	}
}
