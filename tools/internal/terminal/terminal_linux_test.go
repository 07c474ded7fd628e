package terminal_test

import (
	"testing"

	"github.com/lahja/go-lahja/tools/internal/terminal"
	"github.com/lahja/go-lahja/tools/internal/terminal/terminaltest"
)

func TestOnATerminal(t *testing.T) {
	_, tty := terminaltest.New(t, 91, 17)
	if width, height, ok := terminal.Size(tty); width != 91 || height != 17 || !ok {
		t.Errorf("got %d, %d, %v, want 91, 17, true", width, height, ok)
	}
	for _, name := range []string{"NO_COLOR", "CLICOLOR_FORCE", "TERM", "CLICOLOR"} {
		t.Setenv(name, "")
	}
	if !bool(terminal.StyleFor(terminal.Auto, tty)) || !terminal.Redraws(tty) {
		t.Error("a terminal has no colour, or is not redrawn")
	}
	t.Setenv("CLICOLOR", "0")
	if terminal.StyleFor(terminal.Auto, tty) {
		t.Error("CLICOLOR=0 leaves colour on")
	}
	t.Setenv("CLICOLOR", "1")
	t.Setenv("TERM", "dumb")
	if bool(terminal.StyleFor(terminal.Auto, tty)) || terminal.Redraws(tty) {
		t.Error("a dumb terminal has colour, or is redrawn")
	}
}
