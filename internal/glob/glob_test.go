package glob_test

import (
	"regexp"
	"strings"
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
		{"", "", true},
		{"", "a", false},
		{"a*", "a", true},
		{"*b*c", "abcbd", false},
		{"*b*c", "abcbc", true},
		{"a**c", "abc", true},
		{"?", "ä", true},
		{"a?", "a", false},
		{"*", "*", true},
		{"a*b", "a*c", false},
	} {
		if got := glob.Match(c.pattern, c.name); got != c.want {
			t.Errorf("%q and %q: got %v, want %v", c.pattern, c.name, got, c.want)
		}
	}
}

// FuzzMatch holds the matcher to what the pattern says as a regular expression.
func FuzzMatch(f *testing.F) {
	f.Add("*a?b*", "xaabab")
	f.Add("**", "")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		quoted := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern))
		expression, err := regexp.Compile("^(?s:" + quoted + ")$")
		if err != nil {
			t.Skip("no regular expression:", err)
		}
		if got, want := glob.Match(pattern, name), expression.MatchString(name); got != want {
			t.Errorf("%q and %q: got %v, want %v", pattern, name, got, want)
		}
	})
}
