package reports_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// written is the document in every format.
func written(t *testing.T, d *reports.Document) map[string]string {
	t.Helper()
	all := map[string]string{}
	for name, write := range map[string]func(io.Writer) error{"Markdown": d.Markdown, "JSON": d.JSON, "JUnit": d.JUnit} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		all[name] = b.String()
	}
	return all
}

func TestReportsEscapeRawBytes(t *testing.T) {
	memory := engine.OnGoroutines(transports.Memory())
	s := scenario("a/red", errors.New("red: \xff\x00\x1b[31m\a"))
	d := reports.New([]drivers.Scenario{s}, []engine.Engine{memory})
	d.Add(reports.Of((&runner.Runner{Engine: memory}).Run(t.Context(), s), 1))
	for name, text := range written(t, d) {
		if engine.Printable(text) != text || !strings.Contains(text, `[31m`) || strings.Contains(text, "\ufffd") {
			t.Errorf("%s: got %q, want every byte escaped", name, text)
		}
	}
}

func TestReportsHaveWhatDriversPrinted(t *testing.T) {
	memory := engine.OnGoroutines(transports.Memory())
	s := drivers.Scenario{Name: "a/prints", Rule: "This fails.", Drivers: func(*drivers.Env) []*drivers.Driver {
		return []*drivers.Driver{
			drivers.New(drivers.NoEndpoint("chatty"), drivers.Do("log", func(_ context.Context, s *drivers.Scope) error {
				s.Logf("CLUE 1\nCLUE 2")
				return nil
			}), drivers.Checkpoint("logged")),
			drivers.New(drivers.NoEndpoint("fails"), drivers.Checkpoint("logged"),
				drivers.Do("fail", func(context.Context, *drivers.Scope) error { return errBroken })),
		}
	}}
	d := reports.New([]drivers.Scenario{s}, []engine.Engine{memory})
	d.Add(reports.Of((&runner.Runner{Engine: memory}).Run(t.Context(), s), 1))
	all := written(t, d)
	for name, want := range map[string]string{
		"Markdown": "Output of driver `chatty`:\n\n    CLUE 1\n    CLUE 2\n",
		"JUnit":    "<system-out>chatty | CLUE 1&#xA;chatty | CLUE 2&#xA;</system-out>",
	} {
		if !strings.Contains(all[name], want) {
			t.Errorf("%s: want it to contain %q, got\n%s", name, want, all[name])
		}
	}
	var document struct {
		Outcomes []struct{ Output []runner.Output }
	}
	if err := json.Unmarshal([]byte(all["JSON"]), &document); err != nil {
		t.Fatal(err)
	}
	if got := document.Outcomes[0].Output; len(got) != 1 || got[0].Driver != "chatty" || len(got[0].Lines) != 2 {
		t.Errorf("JSON: got %+v, want two lines of chatty", got)
	}
}
