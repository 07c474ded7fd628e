package readme_test

import (
	"cmp"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/internal/bytesize"
	"github.com/lahja/go-lahja/scenarios"
)

// rows are the cells of the rows of a page's one table.
func rows(t *testing.T, page string) [][]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		t.Fatal(err)
	}
	var all [][]string
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "|") {
			cells := strings.Split(strings.Trim(line, "|"), "|")
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			all = append(all, cells)
		}
	}
	if len(all) < 3 {
		t.Fatalf("%s has no table", page)
	}
	return all[2:]
}

// named are the scenarios or tests that a cell names; each must exist.
func named(t *testing.T, cell string, exists map[string]bool) []string {
	t.Helper()
	var names []string
	for _, m := range evidence.FindAllStringSubmatch(cell, -1) {
		names = append(names, m[1])
		if !exists[m[1]] {
			t.Errorf("there is no scenario or test %s", m[1])
		}
	}
	return names
}

func scenarioNames() map[string]bool {
	names := map[string]bool{}
	for _, s := range scenarios.All() {
		names[s.Name] = true
	}
	return names
}

// TestPromisesAreShown checks that each of the eight promises names scenarios and tests
// that exist.
func TestPromisesAreShown(t *testing.T) {
	all := rows(t, "docs/promises.md")
	if len(all) != 8 {
		t.Fatalf("got %d promises, want 8", len(all))
	}
	inScenarios, inTests := scenarioNames(), tests(t)
	for i, row := range all {
		if len(row) != 4 || row[0] != strconv.Itoa(i+1) {
			t.Errorf("row %d is %q", i+1, row)
			continue
		}
		if len(named(t, row[2], inScenarios)) == 0 || len(named(t, row[3], inTests)) == 0 {
			t.Errorf("promise %d needs a scenario and a test", i+1)
		}
	}
}

var (
	limitName  = regexp.MustCompile("^`(\\w+)\\.(\\w+)`$")
	optionName = regexp.MustCompile("`(natsbus\\.)?(Options|SubscribeConfig)\\.(\\w+)`")
	folders    = map[string]string{"lahja": "lahja", "p2p": "lahja/p2p", "core": "lahja/core", "inspect": "lahja/inspect", "payload": "lahja/internal/payload", "wire": "internal/wire", "sendq": "lahja/internal/sendq", "unix": "lahja/transport/unix",
		"natsbus": "lahja/natsbus", "observe": "lahja/observe", "brief": "internal/brief", "loglimit": "internal/loglimit", "bridge": "lahja/bridge"}
)

// TestLimitsAreThoseOfTheCode checks the table of limits against the constants, the options
// and the tests that it names.
func TestLimitsAreThoseOfTheCode(t *testing.T) {
	exists := tests(t)
	for name := range scenarioNames() {
		exists[name] = true
	}
	for _, row := range rows(t, "docs/limits.md") {
		if len(row) != 5 {
			t.Errorf("a row of %d cells: %q", len(row), row)
			continue
		}
		if len(named(t, row[4], exists)) == 0 {
			t.Errorf("nothing shows the limit of %s", row[0])
		}
		for _, m := range optionName.FindAllStringSubmatch(row[3], -1) {
			of := cmp.Or(strings.TrimSuffix(m[1], "."), map[string]string{"Options": "p2p", "SubscribeConfig": "lahja"}[m[2]])
			if !strings.Contains(source(t, folders[of]), "\t"+m[3]+" ") {
				t.Errorf("there is no option %s", m[0])
			}
		}
		if row[2] != "" {
			holdsLimit(t, row[0], row[1], row[2])
		}
	}
}

// holdsLimit checks that the constant exists and, where its value can be told without the
// compiler, that the limit begins with it.
func holdsLimit(t *testing.T, what, limit, constant string) {
	t.Helper()
	m := limitName.FindStringSubmatch(constant)
	if m == nil || folders[m[1]] == "" {
		t.Errorf("%s: %s is no constant of a package in folders", what, constant)
		return
	}
	declared := regexp.MustCompile(`(?m)^(?:const|\t)\s*` + m[2] + `\s*=\s*([^/\n]+)`).FindStringSubmatch(source(t, folders[m[1]]))
	if declared == nil {
		t.Errorf("%s: there is no constant %s", what, constant)
		return
	}
	value, unit := strings.TrimSpace(declared[1]), time.Duration(0)
	for name, of := range map[string]time.Duration{"time.Second": time.Second, "time.Millisecond": time.Millisecond} {
		if count, isTime := strings.CutSuffix(value, name); isTime {
			value, unit = cmp.Or(strings.TrimSuffix(count, " * "), "1"), of
		}
	}
	result, err := types.Eval(token.NewFileSet(), nil, token.NoPos, value)
	if err != nil {
		return // Of other constants, or of the system.
	}
	n, err := strconv.Atoi(result.Value.ExactString())
	if err != nil {
		t.Fatal(err)
	}
	if !saysLimit(limit, n, unit) {
		t.Errorf("%s: the page says %q, and %s is %s", what, limit, constant, declared[1])
	}
}

// saysLimit is told the unit of a time.
func saysLimit(limit string, n int, unit time.Duration) bool {
	if unit > 0 {
		return strings.ReplaceAll(limit, " ", "") == (time.Duration(n) * unit).String()
	}
	for _, form := range []string{strconv.Itoa(n), grouped(n), bytesize.Exact(int64(n))} {
		if limit == form || strings.HasPrefix(limit, form+" bytes") {
			return true
		}
	}
	return false
}

// grouped is a number with a comma before every three digits.
func grouped(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// source returns the code of a package without its tests.
func source(t *testing.T, folder string) string {
	t.Helper()
	var all strings.Builder
	for _, path := range sourceFiles(t, folder) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(data)
	}
	return all.String()
}
