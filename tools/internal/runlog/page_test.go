package runlog

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/tools/reports"
)

// TestFieldsAreDescribed holds the page to the lines of a log: it names the fields of
// each, and no others.
func TestFieldsAreDescribed(t *testing.T) {
	page, err := os.ReadFile("../../../docs/repeat.md")
	if err != nil {
		t.Fatal(err)
	}
	tables := strings.Split(string(page), "| field | |\n| --- | --- |\n")
	if len(tables) != 3 {
		t.Fatalf("got %d tables of fields, want 2", len(tables)-1)
	}
	for i, line := range []any{Header{}, reports.Run{}} {
		var got []string
		for _, row := range strings.Split(strings.Split(tables[i+1], "\n\n")[0], "\n") {
			cell := strings.Split(row+" | ", " | ")[0]
			for _, name := range regexp.MustCompile("`([a-z]+)`").FindAllStringSubmatch(cell, -1) {
				got = append(got, name[1])
			}
		}
		var want []string
		for _, f := range reflect.VisibleFields(reflect.TypeOf(line)) {
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
				want = append(want, name)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%T: the page has %v, the log %v", line, got, want)
		}
	}
}
