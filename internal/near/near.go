// Package near suggests names to users who misspelt one.
package near

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	// Maintained, MIT, and only its tests have dependencies.
	"github.com/agnivade/levenshtein"
)

// Name returns the text ` (did you mean "server"?)` with the known name that is most
// similar to the given one. It returns "" if no known name is more than half the same.
func Name(name string, known iter.Seq[string]) string {
	best, most := "", 0.0
	for _, candidate := range slices.Sorted(known) {
		if candidate == name || similarity(name, candidate) <= 0.5 {
			continue
		}
		if s := favouringPrefix(name, candidate); s > most {
			best, most = candidate, s
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// Names returns the text " (did you mean a, b, c?)" with the three names that are most
// similar to the pattern, the most similar first. It ignores * and ? at the pattern's ends.
// It returns "" if there are no names.
func Names(pattern string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	pattern = strings.Trim(pattern, "*?")
	sorted := slices.Clone(names)
	slices.SortStableFunc(sorted, func(a, b string) int {
		return cmp.Compare(matching(pattern, b), matching(pattern, a))
	})
	return fmt.Sprintf(" (did you mean %s?)", strings.Join(sorted[:min(3, len(sorted))], ", "))
}

// matching is between 0 and 2. The best part of a name counts, and every name that contains
// the pattern is nearer than all others.
func matching(pattern, name string) float64 {
	best := favouringPrefix(pattern, name)
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("/-+,", r) }) {
		best = max(best, favouringPrefix(pattern, part))
	}
	if strings.Contains(name, pattern) {
		best++
	}
	return best
}

// similarity is 1 for equal strings and 0 for strings that have nothing in common.
func similarity(a, b string) float64 {
	longest := max(utf8.RuneCountInString(a), utf8.RuneCountInString(b), 1)
	return 1 - float64(levenshtein.ComputeDistance(a, b))/float64(longest)
}

// favouringPrefix is the similarity with a bonus for a common prefix of up to 8 bytes, as in
// the Jaro-Winkler distance: names are more often misspelt near their end.
func favouringPrefix(a, b string) float64 {
	prefix := 0
	for prefix < min(len(a), len(b), 8) && a[prefix] == b[prefix] {
		prefix++
	}
	s := similarity(a, b)
	return s + 0.1*float64(prefix)*(1-s)
}
