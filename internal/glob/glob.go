// Package glob matches the names of scenarios, engines and event types. In a pattern
// * stands for any text, slashes included, and ? for any character; every other
// character matches itself.
package glob

// Pattern is a compiled pattern. It is not regexp's, so that programs that only use
// the bus do not link that.
type Pattern []rune

// Match reports whether the whole name matches the pattern.
func Match(pattern, name string) bool { return Compile(pattern).MatchString(name) }

// Compile is Match for many names.
func Compile(pattern string) Pattern { return Pattern(pattern) }

// MatchString reports whether the whole name matches. It takes at most len(pattern) times
// len(name) steps, because it only ever retries the last *.
func (p Pattern) MatchString(name string) bool {
	text := []rune(name)
	at, star, from := 0, -1, 0
	for i := 0; i < len(text); {
		switch {
		case at < len(p) && p[at] == '*':
			star, from = at, i
			at++
		case at < len(p) && (p[at] == '?' || p[at] == text[i]):
			at++
			i++
		case star >= 0:
			from++
			at, i = star+1, from
		default:
			return false
		}
	}
	for at < len(p) && p[at] == '*' {
		at++
	}
	return at == len(p)
}
