package terminal_test

import (
	"strings"
	"testing"

	"github.com/lahja/go-lahja/tools/internal/terminal"
)

func TestStyleFor(t *testing.T) {
	for _, c := range []struct {
		mode, noColor, force, term, cli string
		want                            terminal.Style
	}{
		{mode: "auto"},
		{mode: "auto", cli: "1"},
		{mode: "auto", force: "1", want: true},
		{mode: "auto", force: "1", term: "dumb", cli: "0", want: true},
		{mode: "auto", force: "0"},
		{mode: "auto", noColor: "1", force: "1"},
		{mode: "always", noColor: "1", term: "dumb", want: true},
		{mode: "never", force: "1"},
	} {
		t.Setenv("NO_COLOR", c.noColor)
		t.Setenv("CLICOLOR_FORCE", c.force)
		t.Setenv("TERM", c.term)
		t.Setenv("CLICOLOR", c.cli)
		if got := terminal.StyleFor(c.mode, &strings.Builder{}); got != c.want {
			t.Errorf("%+v: got %v", c, got)
		}
	}
}

func TestPaint(t *testing.T) {
	if got, want := terminal.Style(true).Paint(terminal.Red, "x"), "\x1b[1;31mx\x1b[0m"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := terminal.Style(false).Paint(terminal.Red, "x"); got != "x" {
		t.Errorf("got %q without colour, want %q", got, "x")
	}
}
