package subprocess

import (
	"slices"
	"strings"
	"testing"
)

func TestLinesAreHandedOnWholeHoweverTheyAreWritten(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	text := "one\r\n\ntwo\n" + long + "\n" + long + "yz\nlast"
	want := []string{"one", "", "two", long, long, "yz", "last"}
	for _, size := range []int{1, 3, 1000, len(text)} {
		var got []string
		l := lines{emit: func(line string) { got = append(got, line) }}
		for part := range slices.Chunk([]byte(text), size) {
			if n, err := l.Write(part); n != len(part) || err != nil {
				t.Fatalf("got %d, %v, want %d and no error", n, err, len(part))
			}
		}
		l.flush()
		if !slices.Equal(got, want) {
			t.Errorf("in parts of %d: got %.60q, want %.60q", size, got, want)
		}
	}
}
