package bench

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// bar shows on a terminal how far a measurement is, in one line that is overwritten.
type bar struct{ w io.Writer }

// newBar shows nothing where w is no terminal.
func newBar(w io.Writer) bar {
	if file, ok := w.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		return bar{w}
	}
	return bar{io.Discard}
}

const barWidth = 30

func (b bar) show(done, all int, now string) {
	full := barWidth * done / max(all, 1)
	fmt.Fprintf(b.w, "\r\x1b[K[%s%s] %d/%d %s", strings.Repeat("#", full), strings.Repeat("-", barWidth-full), done, all, now)
}

func (b bar) clear() { fmt.Fprint(b.w, "\r\x1b[K") }
