package reports_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
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
	memory := engine.OnGoroutines(engine.Memory())
	s := scenario("a/red", errors.New("red: \xff\x00\x1b[31m\a"))
	d := reports.New([]drivers.Scenario{s}, []engine.Engine{memory})
	d.Add((&runner.Runner{Engine: memory}).Run(t.Context(), s))
	for name, text := range written(t, d) {
		if engine.Printable(text) != text || !strings.Contains(text, `[31m`) || strings.Contains(text, "\ufffd") {
			t.Errorf("%s: got %q, want every byte escaped", name, text)
		}
	}
}
