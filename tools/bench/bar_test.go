package bench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBar(t *testing.T) {
	const again = "\r\x1b[K" // to the start of the line, of which nothing is left
	for _, c := range []struct {
		done, all int
		want      string
	}{
		{0, 7, again + "[------------------------------] 0/7 now"},
		{3, 7, again + "[############------------------] 3/7 now"},
		{7, 7, again + "[##############################] 7/7 now"},
		{0, 0, again + "[------------------------------] 0/0 now"},
	} {
		var out strings.Builder
		bar{&out}.show(c.done, c.all, "now")
		if got := out.String(); got != c.want {
			t.Errorf("%d of %d: got %q, want %q", c.done, c.all, got, c.want)
		}
	}
	var out strings.Builder
	bar{&out}.clear()
	if out.String() != again {
		t.Errorf("cleared: got %q, want %q", out.String(), again)
	}
}

// TestBarElsewhere pins that what is no terminal, as a file that takes errors, gets nothing.
func TestBarElsewhere(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "errors"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var out strings.Builder
	for _, b := range []bar{newBar(file), newBar(&out)} {
		b.show(1, 2, "now")
		b.clear()
	}
	if info, err := file.Stat(); err != nil || info.Size() != 0 {
		t.Errorf("got %d bytes in the file, %v; want none", info.Size(), err)
	}
	if out.Len() != 0 {
		t.Errorf("got %q from what is no file, want nothing", out.String())
	}
}
