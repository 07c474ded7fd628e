package progress

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
		Bar{&out, true}.Show(c.done, c.all, "now")
		if got := out.String(); got != c.want {
			t.Errorf("%d of %d: got %q, want %q", c.done, c.all, got, c.want)
		}
	}
	var out strings.Builder
	Bar{&out, true}.Clear()
	if out.String() != again {
		t.Errorf("cleared: got %q, want %q", out.String(), again)
	}
}

// TestBarElsewhere pins that nothing but a terminal gets a bar.
func TestBarElsewhere(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "errors"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var out strings.Builder
	for _, b := range []Bar{New(file), New(&out)} {
		b.Show(1, 2, "now")
		b.Clear()
	}
	if info, err := file.Stat(); err != nil || info.Size() != 0 {
		t.Errorf("got %d bytes in the file, %v; want none", info.Size(), err)
	}
	if out.Len() != 0 {
		t.Errorf("got %q in a buffer, want nothing", out.String())
	}
}
