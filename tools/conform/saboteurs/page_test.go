package saboteurs_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/conform/saboteurs"
)

// page is where the matrix stands.
const page = "../../../docs/saboteurs.md"

// updateVariable in the environment has the page written, as in package conform.
const updateVariable = "LAHJA_UPDATE"

// mark is what a cell of the matrix says.
type mark string

const (
	kills       mark = "✗"
	passes      mark = "·"
	sometimes   mark = "?"
	unsupported mark = "–"
)

// matrix holds a mark by scenario and saboteur.
type matrix map[[2]string]mark

var row = regexp.MustCompile("(?m)^\\| `([^`]+/[^`]+)` \\|(.*)\\|$")

// readMatrix reads what the page says. Its columns must be those of all, and its rows
// those of every scenario.
func readMatrix(all []saboteurs.Saboteur) (matrix, error) {
	data, err := os.ReadFile(page)
	if err != nil {
		return nil, err
	}
	m := matrix{}
	for _, found := range row.FindAllStringSubmatch(string(data), -1) {
		cells := strings.Split(found[2], "|")
		if len(cells) != len(all) {
			return nil, fmt.Errorf("the row of %s has %d cells, and there are %d saboteurs", found[1], len(cells), len(all))
		}
		for i, cell := range cells {
			m[[2]string{found[1], all[i].Name()}] = mark(strings.Trim(cell, " *"))
		}
	}
	for _, s := range scenarios.All() {
		if m[[2]string{s.Name, all[0].Name()}] == "" {
			return m, fmt.Errorf("there is no row of scenario %s", s.Name)
		}
	}
	return m, nil
}

// render is the page for a matrix.
func render(m matrix, all []saboteurs.Saboteur) string {
	var b strings.Builder
	b.WriteString(head)
	for i, s := range all {
		fmt.Fprintf(&b, "| %d | `%s` | %s | `%s` | %s |\n", i+1, s.Name(), s.Defect, s.KilledBy, others(m, s))
	}
	b.WriteString(awkward)
	for _, o := range saboteurs.Awkward() {
		fmt.Fprintf(&b, "| `%s` | %s | goroutines |\n", o.Name(), o.Does)
	}
	for _, o := range saboteurs.AwkwardOnProcesses() {
		fmt.Fprintf(&b, "| `%s` | %s | processes |\n", o.Name(), o.Does)
	}
	b.WriteString(processes)
	for _, s := range saboteurs.OnProcesses() {
		fmt.Fprintf(&b, "| `%s` | %s | `%s` |\n", s.Name(), s.Defect, s.KilledBy)
	}
	fmt.Fprintf(&b, middle, kills, passes, sometimes, unsupported)
	b.WriteString("| scenario |")
	for i := range all {
		b.WriteString(" " + strconv.Itoa(i+1) + " |")
	}
	b.WriteString("\n| --- |" + strings.Repeat(" --- |", len(all)) + "\n")
	for _, scenario := range scenarios.All() {
		fmt.Fprintf(&b, "| `%s` |", scenario.Name)
		for _, s := range all {
			cell := string(m[[2]string{scenario.Name, s.Name()}])
			if s.KilledBy == scenario.Name {
				cell = "**" + cell + "**"
			}
			b.WriteString(" " + cell + " |")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// others counts the scenarios that kill s, but for the one that must.
func others(m matrix, s saboteurs.Saboteur) string {
	var names []string
	for key, cell := range m {
		if key[1] == s.Name() && cell == kills && key[0] != s.KilledBy {
			names = append(names, "`"+key[0]+"`")
		}
	}
	slices.Sort(names)
	const most = 4
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

const head = `# Saboteurs

Backends with one defect each, and which scenario finds it. Every saboteur is killed by the
scenario whose rule it breaks, with a report whose first failure is what the defect causes:
` + "`tools/conform/saboteurs`" + ` holds them, and what that failure says. The matrix below says what
becomes of every scenario on every saboteur, with its drivers on goroutines. A test holds this
page against the outcome: it runs every ✗, and one in ten of the others, drawn anew each time.
` + "`LAHJA_UPDATE=1 go test ./tools/conform/saboteurs`" + ` runs them all and writes the page. Where it depends on who is faster what a scenario comes to, it has to come to what
stands here in one run of ten. Every scenario kills at least one.

| | saboteur | its defect | must be killed by | and is by |
| --- | --- | --- | --- | --- |
`

const awkward = `
## Correct and awkward

These backends are correct, and slow or unusual. Every scenario passes on each of them, with the
default timeouts. Those for processes run the scenarios that need processes.

| backend | what it does | drivers |
| --- | --- | --- |
`

const processes = `
## On processes

These are killed with a process for every driver too, by the scenario that must:

| saboteur | its defect | must be killed by |
| --- | --- | --- |
`

const middle = `
## The matrix

%s: the scenario fails. %s: it passes, as the defect does not touch its rule. %s: it fails if the
scheduler has it so, and the test claims nothing. %s: it needs what the backend does not
claim to have. The scenario that must kill a saboteur is set in bold.

`
