package tap

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// check reports what is wrong with the flags.
func (c *Command) check() error {
	if c.Interval < p2p.MinTapInterval {
		return fmt.Errorf("--interval %v: at least %v", c.Interval, p2p.MinTapInterval)
	}
	if len(c.Type) > wire.MaxTapTypes {
		return fmt.Errorf("--type is set %d times; at most %d", len(c.Type), wire.MaxTapTypes)
	}
	for _, pattern := range c.Type {
		if pattern == "" || len(pattern) > wire.MaxTypeName {
			return fmt.Errorf("--type %q: a glob has 1 to %d bytes", pattern, wire.MaxTypeName)
		}
	}
	if size := len(wire.TapMsg{Types: c.Type}.Append(nil)); size > wire.MaxHello {
		return fmt.Errorf("--type: all globs together have %d bytes, at most %d; use fewer or shorter ones", size, wire.MaxHello)
	}
	return nil
}

// wish returns the request to the endpoint: it asks for no more than the view shows.
func (c *Command) wish(v view) wire.TapMsg {
	m := wire.TapMsg{Version: wire.Version, Events: c.showsEvents(), Types: c.Type}
	if v.repeats() {
		m.Interval = uint64(c.Interval.Milliseconds())
	}
	return m
}

func (c *Command) showsEvents() bool { return c.Events && !c.Inspect && !c.Once }

// view returns the view that the flags choose.
func (c *Command) view(stdout io.Writer) view {
	size := terminal(stdout)
	switch {
	case c.Once:
		return &single{w: stdout}
	case size != nil && !c.JSON:
		return newScreen(stdout, size, c.showsEvents())
	case c.showsEvents():
		return &lines{w: stdout}
	case c.JSON:
		return &inspections{w: stdout}
	}
	return &tables{w: stdout}
}

// terminal returns a function for the size of the terminal w, or nil if w is not a terminal.
func terminal(w io.Writer) func() (width, height int) {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	return func() (int, int) {
		width, height, err := term.GetSize(int(file.Fd()))
		if err != nil || width <= 0 || height <= 0 {
			return 80, 24 // the usual size
		}
		return width, height
	}
}
