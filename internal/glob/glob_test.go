package glob_test

import (
	"testing"

	"github.com/lahja/go-lahja/internal/glob"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"order/*", "order/one-sender", true},
		{"*", "order/one-sender", true},
		{"*+unix", "subprocess+unix", true},
		{"*+unix", "subprocess+unix,unix-uncompressed", false},
		{"order/one-sende?", "order/one-sender", true},
		{"order", "order/one-sender", false},
		{"order.one-sender", "order/one-sender", false},
		{"(", "(", true},
	} {
		if got := glob.Match(c.pattern, c.name); got != c.want {
			t.Errorf("%q and %q: got %v, want %v", c.pattern, c.name, got, c.want)
		}
	}
}
