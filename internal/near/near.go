// Package near finds the names that somebody may have meant.
package near

import (
	"sort"
	"strings"

	"github.com/agext/levenshtein"
)

// Names returns the three of names that are most like the pattern, the most likely
// first. The characters * and ? at the pattern's ends do not count.
func Names(pattern string, names []string) []string {
	pattern = strings.Trim(pattern, "*?")
	params := levenshtein.NewParams().BonusPrefix(8).BonusThreshold(0)
	sorted := append([]string(nil), names...)
	sort.SliceStable(sorted, func(i, j int) bool {
		return likeness(pattern, sorted[i], params) > likeness(pattern, sorted[j], params)
	})
	return sorted[:min(3, len(sorted))]
}

// likeness is between 0 and 2: a name that contains the pattern is nearer than
// any that does not.
func likeness(pattern, name string, params *levenshtein.Params) float64 {
	like := levenshtein.Match(pattern, name, params)
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("/-+,", r) }) {
		like = max(like, levenshtein.Match(pattern, part, params))
	}
	if strings.Contains(name, pattern) {
		like++
	}
	return like
}
