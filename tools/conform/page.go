package conform

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/lahja/go-lahja/tools/reports"
)

// updateVariable has Test write the suite's page.
const updateVariable = "LAHJA_UPDATE"

// checkFiles fails where the page or a report could not be written, or read, once
// all has been run.
func (s Suite) checkFiles() error {
	var errs []error
	for _, name := range s.Reports {
		errs = append(errs, reports.CheckFile(name))
	}
	if s.Page != "" {
		errs = append(errs, checkPage(s.Page))
	}
	return errors.Join(errs...)
}

func checkPage(page string) error {
	if filepath.Ext(page) != ".md" {
		return fmt.Errorf("conform: the page %s is to be Markdown: give it the ending .md", page)
	}
	if os.Getenv(updateVariable) != "" {
		return reports.CheckFile(page)
	}
	_, err := readPage(page)
	return err
}

func readPage(page string) ([]byte, error) {
	text, err := os.ReadFile(page)
	if err != nil {
		return nil, fmt.Errorf("conform: read the page (%s=1 writes it): %w", updateVariable, err)
	}
	return text, nil
}

// keepTrue holds the page against the outcome, or writes it.
func keepTrue(page string, document *reports.Document) error {
	if os.Getenv(updateVariable) != "" {
		return document.WriteFile(page)
	}
	var want bytes.Buffer
	if err := document.Markdown(&want); err != nil {
		return err
	}
	have, err := readPage(page)
	if err != nil {
		return err
	}
	if line, h, w := firstDifference(string(have), want.String()); line > 0 {
		return fmt.Errorf("%s:%d is not what came out; if it should be, write it with %s=1\nit says:  %s\ncame out: %s",
			page, line, updateVariable, h, w)
	}
	return nil
}

// firstDifference is the number of the first line in which two texts differ, and
// what it is in each; 0 where they are the same.
func firstDifference(a, b string) (line int, inA, inB string) {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range max(len(as), len(bs)) {
		inA, inB = at(as, i), at(bs, i)
		if inA != inB {
			return i + 1, inA, inB
		}
	}
	return 0, "", ""
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(no more)"
}
