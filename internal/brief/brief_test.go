package brief

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestList(t *testing.T) {
	for _, test := range []struct {
		names []string
		want  string
	}{
		{nil, ""},
		{[]string{"a"}, "a"},
		{[]string{"a", "b"}, "a, b"},
		{strings.Split("abcdefgh", ""), "a, b, c, d, e, f, g, h"},
		{strings.Split("abcdefghijk", ""), "a, b, c, d, e, f, g, h, and 3 more"},
		{[]string{"\x1b[31m"}, `"\x1b[31m"`},
	} {
		if got := List(test.names); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestEverythingHasABound(t *testing.T) {
	long := strings.Repeat("ä", 100_000)
	set, names := map[string]int{}, []string{}
	for i := range 10_000 {
		names = append(names, fmt.Sprint(i, long[:500]))
		set[names[i]] = i
	}
	for name, text := range map[string]string{
		"text": Text(long), "odd text": Text("x" + long), "list": List(names), "keys": Keys(set, "types"),
		"each": Each(len(names), "; ", func(int) string { return long[:600] }),
	} {
		if len(text) > MaxText || !utf8.ValidString(text) {
			t.Errorf("%s: %d bytes, want at most %d of valid UTF-8: %q", name, len(text), MaxText, text)
		}
	}
	if got := Name(long); len(got) > MaxName || !utf8.ValidString(got) {
		t.Errorf("%d bytes of a name, want at most %d: %q", len(got), MaxName, got)
	}
	if got, want := Keys(set, "types"), "10000 types"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Text(long); !strings.HasSuffix(got, "(200000 bytes)") {
		t.Errorf("got %q, want the length at the end", got)
	}
}

func TestListMakesOnlyWhatItLists(t *testing.T) {
	made := 0
	Each(1_000_000, ", ", func(int) string { made++; return "x" })
	if made != MaxListed {
		t.Errorf("%d items were made, want %d", made, MaxListed)
	}
}
