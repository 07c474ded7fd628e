package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/lahja/go-lahja/tools/internal/exitcode"
	"github.com/lahja/go-lahja/tools/internal/terminal"
	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/timeline"
)

// showCommand is `lahja show`.
type showCommand struct {
	Run    string `arg:"" optional:"" default:"last" help:"The recording: last is the newest one. Otherwise a part of its name (scenario, engine or time), or a path."`
	Format string `short:"f" help:"How to show it: ${enum}. text is the report with the last events; html a page, mermaid a diagram for issues, chrome a trace for Perfetto." enum:"text,html,mermaid,chrome,json" default:"text"`
	Output string `short:"o" help:"Write to FILE instead of the standard output." placeholder:"FILE" type:"path"`
	Record string `help:"Where recordings are: the DIR of lahja run --record." placeholder:"DIR" type:"path"`
	List   bool   `help:"List the recordings, the newest first."`
}

func (c *showCommand) run(stdout, stderr io.Writer) int {
	switch err := c.show(stdout); {
	case err == nil:
		return exitcode.Passed
	case errors.Is(err, syscall.EPIPE), errors.Is(err, errUnwritten):
		return unwritten(stderr, "show", err)
	default:
		fmt.Fprintln(stderr, "lahja:", err)
		return exitcode.Usage
	}
}

func (c *showCommand) show(stdout io.Writer) error {
	store := &recording.Store{Dir: c.Record}
	if c.List {
		return list(store, stdout)
	}
	dir, err := store.Find(c.Run)
	if err != nil {
		return err
	}
	run, err := recording.Load(dir)
	if err != nil {
		return err
	}
	text, err := formats[c.Format](run)
	if err != nil {
		return err
	}
	switch width, _, _ := terminal.Size(stdout); {
	case c.Output != "":
		err = os.WriteFile(c.Output, text, 0o644)
	case c.Format == "text":
		_, err = io.WriteString(stdout, textOf(run, width))
	default:
		_, err = stdout.Write(text)
	}
	if err != nil {
		return errors.Join(errUnwritten, err)
	}
	return nil
}

// errUnwritten marks the error of a run that was found and could not be written.
var errUnwritten = errors.New("the run could not be written")

func list(store *recording.Store, stdout io.Writer) error {
	runs, err := store.List()
	for _, kept := range runs {
		if _, err := fmt.Fprintf(stdout, "%8d KB  %s\n", (kept.Bytes+1023)/1024, filepath.Base(kept.Path)); err != nil {
			return err
		}
	}
	return err
}

// formats are how a run is shown.
var formats = map[string]func(*recording.Run) ([]byte, error){
	"html":    timeline.Page,
	"mermaid": func(run *recording.Run) ([]byte, error) { return []byte(timeline.Mermaid(run)), nil },
	"chrome":  timeline.ChromeTrace,
	"text":    func(run *recording.Run) ([]byte, error) { return []byte(textOf(run, 0)), nil },
	"json":    func(run *recording.Run) ([]byte, error) { return json.MarshalIndent(run, "", "  ") },
}

// textOf is the report with the last events, for a terminal of that width; 0 if it is not for
// one. The report of a run that passed has no events.
func textOf(run *recording.Run, width int) string {
	title, rest, _ := strings.Cut(run.Outcome.Report, "\n")
	text := title + "\n" + fitted(rest, run, width)
	if run.Outcome.Verdict == "passed" {
		text += timeline.Text(run, timeline.Options{Columns: width, Lines: 200})
	}
	return text
}
