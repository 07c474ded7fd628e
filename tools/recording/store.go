package recording

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Limits of a Store that sets none. A failed scenario of a few drivers is about 1 MiB.
const (
	DefaultRuns  = 100
	DefaultBytes = 256 << 20
)

// A Store is a directory of runs. Each has a directory of its own, which holds run.jsonl, the
// report as report.txt, and what the drivers printed and logged as output.txt. When a Store
// keeps a run, it removes the oldest ones that are beyond its limits. It touches nothing else
// in the directory. Its methods are safe for concurrent use, also by several processes. The zero
// value is ready to use.
type Store struct {
	// Dir is made when the first run is kept. Empty means DefaultDir.
	Dir string
	// Runs is how many runs are kept, Bytes how large they are together. 0 means DefaultRuns
	// and DefaultBytes, negative no limit. The newest run is always kept.
	Runs  int
	Bytes int64
	// All keeps every run, not only those that did not pass.
	All bool
}

// DefaultDir is where runs are kept unless a program says otherwise: the directory lahja/runs
// in the user's cache directory (os.UserCacheDir).
func DefaultDir() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a directory for recorded runs: %w", err)
	}
	return filepath.Join(cache, "lahja", "runs"), nil
}

// Kept is a run on disk.
type Kept struct {
	// Path is its directory.
	Path  string
	Bytes int64
}

const (
	runFile    = "run.jsonl"
	reportFile = "report.txt"
	outputFile = "output.txt"
	// unfinished begins the name of a directory that is being written or removed.
	unfinished = ".new-"
)

// names are those of kept runs: when the run began, in UTC, and what it ran.
var names = regexp.MustCompile(`^\d{8}T\d{6}\.\d{6}-`)

// Keep writes a run and returns its directory.
//
// Files are what else belongs to the run, by name.
func (s *Store) Keep(run *Run, files map[string][]byte) (path string, err error) {
	dir, err := s.dir()
	if err != nil {
		return "", err
	}
	if path, err = keep(dir, run, files); err != nil {
		return "", fmt.Errorf("keep the run: %w", err)
	}
	return path, s.prune(path)
}

func (s *Store) dir() (string, error) {
	if s.Dir != "" {
		return s.Dir, nil
	}
	return DefaultDir()
}

func keep(dir string, run *Run, files map[string][]byte) (path string, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	making, err := os.MkdirTemp(dir, unfinished)
	if err != nil {
		return "", err
	}
	if err = writeRun(making, run, files); err == nil {
		path, err = publish(making, dir, run)
	}
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(making))
	}
	return path, nil
}

// publish gives a written run its name, which no other run has.
func publish(making, dir string, run *Run) (string, error) {
	base := filepath.Join(dir, run.Began.UTC().Format("20060102T150405.000000")+"-"+printable(run.Scenario+"-on-"+run.Engine))
	for n := 1; ; n++ {
		path := base
		if n > 1 {
			path = fmt.Sprintf("%s-%d", base, n)
		}
		// A directory is not renamed onto another one that has files.
		err := os.Rename(making, path)
		if !errors.Is(err, fs.ErrExist) {
			return path, err
		}
	}
}

// printable is a text as part of a file's name.
func printable(text string) string {
	text = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '+' {
			return r
		}
		return '-'
	}, text)
	return text[:min(len(text), 120)]
}

func writeRun(dir string, run *Run, files map[string][]byte) error {
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	return errors.Join(
		writeFile(filepath.Join(dir, runFile), func(w *bufio.Writer) error { _, err := run.WriteTo(w); return err }),
		writeFile(filepath.Join(dir, reportFile), func(w *bufio.Writer) error { _, err := w.WriteString(run.Outcome.Report); return err }),
		writeFile(filepath.Join(dir, outputFile), run.writeOutput))
}

func writeFile(path string, write func(*bufio.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 64<<10)
	return errors.Join(write(w), w.Flush(), f.Close())
}

// writeOutput writes what drivers printed and logged, each line after the driver's name.
func (r *Run) writeOutput(w *bufio.Writer) error {
	for _, e := range r.Entries {
		if e.Kind != Output && e.Kind != Logged || e.Driver < 0 || e.Driver >= len(r.Drivers) {
			continue
		}
		if _, err := fmt.Fprintf(w, "%s | %s\n", r.Drivers[e.Driver].Name, e.Text); err != nil {
			return err
		}
	}
	return nil
}

// prune removes the oldest runs beyond the limits, but not the one at newest.
func (s *Store) prune(newest string) error {
	runs, err := s.List()
	if err != nil {
		return err
	}
	errs := []error{s.sweep()}
	most, bytes := cmp.Or(s.Runs, DefaultRuns), cmp.Or(s.Bytes, DefaultBytes)
	var total int64
	for i, kept := range runs {
		total += kept.Bytes
		if kept.Path == newest || (most < 0 || i < most) && (bytes < 0 || total <= bytes) {
			continue
		}
		if err := remove(kept.Path); err != nil {
			errs = append(errs, fmt.Errorf("remove an old run: %w", err))
		}
	}
	return errors.Join(errs...)
}

// remove takes the name of a run away before its files: a run that is published meanwhile must
// not land in a directory that is just empty.
func remove(path string) error {
	going, err := os.MkdirTemp(filepath.Dir(path), unfinished)
	if err != nil {
		return err
	}
	err = os.Rename(path, filepath.Join(going, "run"))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // Somebody else removed it.
	}
	return errors.Join(err, os.RemoveAll(going))
}

// sweep removes what processes left unfinished that died while they kept or removed a run.
func (s *Store) sweep() error {
	dir, err := s.dir()
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		info, gone := e.Info()
		if strings.HasPrefix(e.Name(), unfinished) && gone == nil && time.Since(info.ModTime()) > abandoned {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// abandoned is how old an unfinished directory is at least that nobody writes any more.
const abandoned = time.Hour

// List returns the runs that are kept, the newest first. A Store whose directory does not
// exist has none.
func (s *Store) List() ([]Kept, error) {
	dir, err := s.dir()
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list the kept runs: %w", err)
	}
	var all []Kept
	for _, e := range entries {
		if e.IsDir() && names.MatchString(e.Name()) {
			path := filepath.Join(dir, e.Name())
			all = append(all, Kept{Path: path, Bytes: sizeOf(path)})
		}
	}
	slices.Reverse(all) // Names begin with the time.
	return all, nil
}

// sizeOf adds up the files of a directory. One that somebody else removes has no size.
func sizeOf(dir string) (total int64) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			total += info.Size()
		}
	}
	return total
}

// Find returns the directory of a kept run: "last" is the newest, and anything else is a part
// of its name, or the path of a directory or of a run.jsonl.
func (s *Store) Find(which string) (string, error) {
	if _, err := os.Stat(filepath.Join(which, runFile)); err == nil {
		return which, nil
	}
	if info, err := os.Stat(which); err == nil && !info.IsDir() {
		return filepath.Dir(which), nil
	}
	runs, err := s.List()
	if err != nil {
		return "", err
	}
	for _, kept := range runs {
		if which == "last" || strings.Contains(filepath.Base(kept.Path), printable(which)) {
			return kept.Path, nil
		}
	}
	if len(runs) == 0 {
		dir, _ := s.dir() // List found it.
		return "", fmt.Errorf("no run is kept in %s", dir)
	}
	return "", fmt.Errorf("no run in %s has %q in its name; there are %d, the newest is %s",
		filepath.Dir(runs[0].Path), which, len(runs), filepath.Base(runs[0].Path))
}

// Load reads a kept run from its directory.
func Load(dir string) (*Run, error) {
	f, err := os.Open(filepath.Join(dir, runFile))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	run, err := Read(f)
	if err != nil {
		return run, fmt.Errorf("read %s: %w", f.Name(), err)
	}
	return run, nil
}
