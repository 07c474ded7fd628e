// Command plot reads a chart.Page as JSON and draws it as SVG. `lahja bench --plot` builds
// and runs it.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/lahja/go-lahja/tools/internal/chart"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "plot:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	var page chart.Page
	if err := json.NewDecoder(in).Decode(&page); err != nil {
		return fmt.Errorf("read what to draw: %w", err)
	}
	picture, err := draw(page)
	if err != nil {
		return err
	}
	_, err = picture.WriteTo(out)
	return err
}
