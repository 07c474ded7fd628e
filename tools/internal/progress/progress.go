// Package progress shows on a terminal how far a command is.
package progress

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Bar is one line on a terminal. Every call overwrites it. It is not safe for concurrent use.
type Bar struct {
	w io.Writer
	// Live is false where w is not a terminal. The bar then shows nothing.
	Live bool
}

// New returns a bar on w.
func New(w io.Writer) Bar {
	file, ok := w.(*os.File)
	return Bar{w, ok && term.IsTerminal(int(file.Fd()))}
}

const (
	barWidth = 30
	rewrite  = "\r\x1b[K"
)

// Show shows that done of all is finished, and what runs now.
func (b Bar) Show(done, all int, now string) {
	if b.Live {
		full := barWidth * done / max(all, 1)
		fmt.Fprintf(b.w, "%s[%s%s] %d/%d %s", rewrite, strings.Repeat("#", full), strings.Repeat("-", barWidth-full), done, all, now)
	}
}

// Clear makes room for other output.
func (b Bar) Clear() {
	if b.Live {
		fmt.Fprint(b.w, rewrite)
	}
}
