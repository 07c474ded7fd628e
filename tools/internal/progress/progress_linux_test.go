package progress

import (
	"testing"

	"github.com/lahja/go-lahja/tools/internal/terminal/terminaltest"
)

// TestBarOnATerminal reads what a terminal gets: the bar, and then an empty line.
func TestBarOnATerminal(t *testing.T) {
	screen, terminal := terminaltest.New(t, 80, 24)
	b := New(terminal)
	b.Show(1, 2, "now")
	b.Clear()
	const want = "\r\x1b[K[###############---------------] 1/2 now\r\x1b[K"
	if _, err := terminal.WriteString("."); err != nil { // so that the read below ends
		t.Fatal(err)
	}
	got := ""
	for buffer := make([]byte, 256); len(got) == 0 || got[len(got)-1] != '.'; {
		n, err := screen.Read(buffer)
		if err != nil {
			t.Fatalf("got %q, then %v", got, err)
		}
		got += string(buffer[:n])
	}
	if got != want+"." {
		t.Errorf("got %q, want %q and a full stop", got, want)
	}
}
