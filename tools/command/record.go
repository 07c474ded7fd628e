package command

import (
	"path/filepath"

	"github.com/lahja/go-lahja/tools/recording"
)

// store is where recordings are kept, nil for nowhere.
func (c *runCommand) store() *recording.Store {
	if c.Keep == 0 {
		return nil
	}
	s := &recording.Store{Dir: c.Record, Runs: c.Keep, All: c.Record != ""}
	if c.HTML != "" && c.Record == "" {
		s.Dir = filepath.Join(c.HTML, "runs")
	}
	return s
}
