// Package glob matches the names of scenarios and engines. In a pattern * stands for
// any text, slashes included, and ? for any character; nothing else means more than
// itself.
package glob

import (
	"regexp"
	"strings"
)

// Match tells whether the whole name fits the pattern.
func Match(pattern, name string) bool { return Compile(pattern).MatchString(name) }

// Compile is Match for many names.
func Compile(pattern string) *regexp.Regexp {
	quoted := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern))
	return regexp.MustCompile("^(?s:" + quoted + ")$")
}
