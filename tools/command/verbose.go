package command

import (
	"fmt"
	"io"
	"sync"
)

// verbose is the Runner.Output of one run. It prints the run's title once.
type verbose struct {
	w     io.Writer
	title string
	clear func()

	mu   sync.Mutex
	told bool
}

func (v *verbose) Write(p []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.clear()
	if !v.told {
		v.told = true
		fmt.Fprintf(v.w, "%s:\n", v.title)
	}
	return v.w.Write(p)
}
