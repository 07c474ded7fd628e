package timeline

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"
	"sync"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/tools/recording"
)

//go:embed page
var pageFiles embed.FS

// scripts are the page's script in parts, in order.
var scripts = []string{"strict.js", "data.js", "view.js", "draw.js", "crowd.js", "marks.js", "details.js", "input.js", "main.js"}

var pageTemplate = sync.OnceValue(func() *template.Template { return template.Must(template.ParseFS(pageFiles, "page/*.html")) })

// pageTexts is what stands on the page as text.
type pageTexts struct {
	*recording.Run
	Style    template.CSS
	Script   template.JS
	Policy   string
	Data     template.HTML
	Failures []pageLine
	Stopped  string
	Names    string
	// Lost says that entries were not kept.
	Lost string
	// Last are the last events as text.
	Last string
}

// pageLine is one failure of the list.
type pageLine struct{ Place, Source, Text, Link string }

// Page returns one HTML file that shows the whole run. It needs no network and no other file. Its
// policy lets it run its own script and nothing else. It opens with the failing step in view;
// docs/seeing.md says what it shows and which keys it knows.
func Page(run *recording.Run) ([]byte, error) {
	m := newModel(run)
	data, err := newColumns(m).packed()
	if err != nil {
		return nil, err
	}
	style, err := joined("theme.css", "page.css")
	if err != nil {
		return nil, err
	}
	script, err := joined(scripts...)
	if err != nil {
		return nil, err
	}
	texts := pageTexts{Run: run, Style: template.CSS(style), Script: template.JS(script), Data: template.HTML(data),
		Policy: policy(style, script), Failures: m.failureLines(), Last: m.text(Options{})}
	if stopped := m.stopped(); len(stopped) > 0 {
		texts.Stopped, texts.Names = brief.Plural(len(stopped), "driver")+" stopped because of it", m.names(stopped, 5)
	}
	if n := m.lost(); n > 0 {
		texts.Lost = fmt.Sprintf("The first %s not kept.", entries(n))
	}
	var page bytes.Buffer
	if err := pageTemplate().ExecuteTemplate(&page, "page.html", texts); err != nil {
		return nil, err
	}
	return page.Bytes(), nil
}

// joined are files of the page, one after the other.
func joined(names ...string) (string, error) {
	var all strings.Builder
	for _, name := range names {
		part, err := pageFiles.ReadFile("page/" + name)
		if err != nil {
			return "", err
		}
		all.Write(part)
	}
	return all.String(), nil
}

// policy allows the style and the script with these texts, and nothing else.
func policy(style, script string) string {
	return fmt.Sprintf("default-src 'none'; base-uri 'none'; form-action 'none'; style-src '%s'; script-src '%s'", digest(style), digest(script))
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// failureLines are the failures that are not only of drivers that were stopped.
func (m *model) failureLines() (lines []pageLine) {
	for _, f := range m.Outcome.Failures {
		if f.Kind == "stopped" {
			continue
		}
		line := pageLine{Place: m.name(f.Driver), Text: m.why(f), Link: fmt.Sprintf("#t=%d", f.At)}
		if m.has(f.Driver) {
			line.Link += "&d=" + template.URLQueryEscaper(m.name(f.Driver))
			if steps := m.Drivers[f.Driver].Steps; f.Step >= 0 && f.Step < len(steps) {
				line.Place += fmt.Sprintf(", action %d, %s", f.Step, steps[f.Step].Text)
				line.Source = steps[f.Step].Source
			}
		}
		lines = append(lines, line)
	}
	return lines
}
