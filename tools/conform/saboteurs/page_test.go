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

// page has the matrix.
const page = "../../../docs/saboteurs.md"

// With updateVariable in the environment, the test writes the page, as in package conform.
const updateVariable = "LAHJA_UPDATE"

// mark is the content of a cell.
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

// readMatrix reads the matrix from the page, which must have a column for each of all and a row
// for every scenario.
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

// render returns the page for a matrix.
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

// others lists the scenarios that kill s, except the one that must.
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

For everybody who asks what a pass is worth, or adds a scenario.

Saboteurs are backends with one defect each. The scenario whose rule a saboteur breaks kills it: the scenario fails, and the
defect causes the first failure of its report. ` + "`tools/conform/saboteurs`" + ` has the saboteurs and the expected failures. Every
scenario kills at least one saboteur.

The matrix below shows the result of every scenario on every saboteur, with drivers on goroutines. A test checks this page. It
runs every ✗, and one in ten of the other cells, chosen anew each time. If a result depends on a race, it must occur in one of
ten runs. ` + "`LAHJA_UPDATE=1 go test ./tools/conform/saboteurs`" + ` runs all cells and writes the page.

| | saboteur | its defect | must be killed by | also killed by |
| --- | --- | --- | --- | --- |
`

const awkward = `
## Correct and awkward

These backends are correct, but slow or unusual. Every scenario passes on each of them, with the default timeouts. The
backends for processes run the scenarios that need processes.

| backend | what it does | drivers |
| --- | --- | --- |
`

const processes = `
## On processes

With a process for every driver, these saboteurs are killed too, each by the scenario that must:

| saboteur | its defect | must be killed by |
| --- | --- | --- |
`

const middle = `
## The matrix

%s: the scenario fails. %s: it passes, because the defect does not affect its rule. %s: the result depends on scheduling, and the
test does not check it. %s: the scenario needs a capability that the backend does not claim. Bold marks the scenario that must
kill a saboteur.

`
