package progress

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestBarOnATerminal reads what a terminal gets: the bar, and then an empty line.
func TestBarOnATerminal(t *testing.T) {
	screen, terminal := pseudoTerminal(t)
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

// pseudoTerminal returns a terminal and the end that reads what is written to it.
func pseudoTerminal(t *testing.T) (screen, terminal *os.File) {
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("there are no terminals here: %v", err)
	}
	t.Cleanup(func() { screen.Close() })
	number, err := unix.IoctlGetInt(int(screen.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(screen.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	return screen, terminal
}
