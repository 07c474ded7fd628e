// Structure measures how the files of Go packages hang together, for docs/internals.md.
//
//	go run ./tools/internal/structure [-C dir] [-v] packages...
//
// Tests are not counted. A file refers to another one if it names something that is declared
// there: a package-level name, a method or a field.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
)

func main() {
	dir := flag.String("C", ".", "directory of the module")
	verbose := flag.Bool("v", false, "name the files of each knot")
	flag.Parse()
	if err := run(*dir, *verbose, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "structure:", err)
		os.Exit(1)
	}
}

func run(dir string, verbose bool, patterns []string) error {
	all, err := load(dir, patterns...)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "package\tfiles\tlines\trefs inside\trefs outside\tlargest knot\texported")
	for _, p := range all {
		f := measure(p)
		fmt.Fprintf(table, "%s\t%d\t%d\t%.1f\t%.1f\t%d\t%d\n", f.Package, f.Files, f.Lines, f.Inside, f.Outside, len(f.Knot), f.Exported)
		if verbose {
			fmt.Fprintf(table, "  %s\n", strings.Join(f.Knot, " "))
		}
	}
	return table.Flush()
}
