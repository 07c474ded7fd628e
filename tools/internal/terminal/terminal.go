// Package terminal says what a writer is, and colours text for it.
package terminal

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Is reports whether w is a terminal.
func Is(w io.Writer) bool {
	_, _, ok := Size(w)
	return ok
}

// Size returns the size of a terminal in characters. ok is false if w is none.
func Size(w io.Writer) (width, height int, ok bool) {
	file, isFile := w.(*os.File)
	if !isFile || !term.IsTerminal(int(file.Fd())) {
		return 0, 0, false
	}
	width, height, err := term.GetSize(int(file.Fd()))
	return width, height, err == nil && width > 0 && height > 0
}

// Redraws reports whether text on w can be overwritten: on a terminal that is not dumb.
func Redraws(w io.Writer) bool { return Is(w) && os.Getenv("TERM") != "dumb" }

// Style colours text, or leaves it alone.
type Style bool

// Modes of colour.
const (
	Auto   = "auto"
	Always = "always"
	Never  = "never"
)

// StyleFor returns the style for w. In mode Auto the first of these decides: NO_COLOR,
// CLICOLOR_FORCE, TERM=dumb, CLICOLOR=0, and whether w is a terminal.
func StyleFor(mode string, w io.Writer) Style {
	force := os.Getenv("CLICOLOR_FORCE")
	switch {
	case mode == Always:
		return true
	case mode == Never, os.Getenv("NO_COLOR") != "":
		return false
	case force != "" && force != "0":
		return true
	case os.Getenv("TERM") == "dumb", os.Getenv("CLICOLOR") == "0":
		return false
	}
	return Style(Is(w))
}

// Colour is how text looks: the parameters of an ANSI escape sequence.
type Colour string

// The colours of results. None of them is needed to understand the text.
const (
	Bold   Colour = "1"
	Dim    Colour = "2"
	Red    Colour = "1;31"
	Green  Colour = "32"
	Yellow Colour = "33"
)

// Paint returns the text in a colour.
func (s Style) Paint(c Colour, text string) string {
	if !s || c == "" || text == "" {
		return text
	}
	return "\x1b[" + string(c) + "m" + text + "\x1b[0m"
}
