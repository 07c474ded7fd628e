// Package show prints values by one text, whatever prints them. A value that others change
// meanwhile must not be printed field by field.
package show

import "fmt"

// Format writes what v looks like for a verb. It is for v's Format method, as a String
// method is not asked for every verb and flag.
func Format(f fmt.State, verb rune, v any, text string) {
	if verb == 'v' && f.Flag('#') {
		fmt.Fprintf(f, "(%T)(%q)", v, text)
		return
	}
	fmt.Fprintf(f, fmt.FormatString(f, verb), text)
}
