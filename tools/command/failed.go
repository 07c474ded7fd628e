package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"

	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// failedFile is the file in the user's cache that lists what failed the last time that this
// program ran it. Programs are told apart by the path of their main package.
func failedFile() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the list of what failed last: %w", err)
	}
	name := filepath.Base(os.Args[0])
	if info, ok := debug.ReadBuildInfo(); ok && info.Path != "" {
		name = info.Path
	}
	return filepath.Join(cache, "lahja", "failed", url.PathEscape(name)+".json"), nil
}

// failedCell is an entry of the list.
type failedCell struct {
	Scenario string `json:"scenario"`
	Engine   string `json:"engine"`
}

// readFailed returns the list, by scenario and engine. There is none before the first failure.
func readFailed() (map[[2]string]bool, error) {
	name, err := failedFile()
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var all []failedCell
	if err == nil {
		err = json.Unmarshal(data, &all)
	}
	if err != nil {
		return nil, fmt.Errorf("read the list of what failed last: %w", err)
	}
	failed := map[[2]string]bool{}
	for _, c := range all {
		failed[[2]string{c.Scenario, c.Engine}] = true
	}
	return failed, nil
}

// keepFailed updates the list with what was run: what did not run stays as it was.
func keepFailed(d *reports.Document) error {
	failed, err := readFailed()
	if err != nil && d.Counts()[runner.Failed] == 0 {
		return nil // There is nothing to tell.
	}
	if err != nil || failed == nil { // A list that cannot be read is written anew.
		failed = map[[2]string]bool{}
	}
	before := maps.Clone(failed)
	for _, o := range d.Outcomes {
		if cell := [2]string{o.Scenario, o.Engine}; o.Verdict == runner.Failed {
			failed[cell] = true
		} else {
			delete(failed, cell)
		}
	}
	if err == nil && maps.Equal(before, failed) {
		return nil
	}
	all := []failedCell{}
	for _, cell := range slices.SortedFunc(maps.Keys(failed), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		all = append(all, failedCell{cell[0], cell[1]})
	}
	return writeFailed(all)
}

// writeFailed replaces the list at once: another command may read it.
func writeFailed(all []failedCell) error {
	name, err := failedFile()
	if err != nil {
		return err
	}
	data, err := json.Marshal(all)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(name), "new-*")
	if err != nil {
		return err
	}
	_, err = temporary.Write(append(data, '\n'))
	err = errors.Join(err, temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), name)
	}
	if err != nil {
		_ = os.Remove(temporary.Name()) // The error above says more.
	}
	return err
}
