// Structure measures how the files of Go packages hang together, for docs/internals.md.
//
//	go run ./tools/internal/structure [-v] [-in module@version] packages...
//	go run ./tools/internal/structure -event
//
// With -in, the packages are those of another module, which is downloaded. With -event, it
// counts the files and functions that one event passes through. Run it in the root of this
// module.
//
// Tests are not counted. A file refers to another one if it names something that is declared
// there: a package-level name, a method or a field.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"text/tabwriter"
)

func main() {
	in := flag.String("in", "", "module@version of the packages; empty means this module")
	event := flag.Bool("event", false, "count what one event passes through")
	verbose := flag.Bool("v", false, "name the files of each knot")
	flag.Parse()
	run := func() error { return tabulate(*in, *verbose, flag.Args()) }
	if *event {
		run = countEvent
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "structure:", err)
		os.Exit(1)
	}
}

func countEvent() error {
	files, functions, err := crossed(".")
	if err != nil {
		return err
	}
	fmt.Printf("one event passes through %d files and %d functions\n", files, functions)
	return nil
}

func tabulate(module string, verbose bool, patterns []string) error {
	dir := "."
	if module != "" {
		other, err := download(module)
		if err != nil {
			return err
		}
		defer os.RemoveAll(other)
		dir = other
	}
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

// download returns the directory of a new module that requires the other one.
func download(module string) (dir string, err error) {
	dir, err = os.MkdirTemp("", "structure-")
	if err != nil {
		return "", err
	}
	for _, arguments := range [][]string{{"mod", "init", "measured"}, {"get", module}} {
		run := exec.Command("go", arguments...)
		run.Dir = dir
		if out, err := run.CombinedOutput(); err != nil {
			os.RemoveAll(dir)
			return "", fmt.Errorf("go %s: %w\n%s", strings.Join(arguments, " "), err, out)
		}
	}
	return dir, nil
}
