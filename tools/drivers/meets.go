package drivers

import "github.com/lahja/go-lahja/tools/engine"

// Meeting is a point that an action comes to.
type Meeting struct {
	At engine.Point
	// Reaches is set where others wait for the action there, Waits where it waits itself. A
	// checkpoint does both.
	Reaches, Waits bool
}

// Meetings returns the points that an action, and those that it is made of, come to, in the order
// in which they are declared.
func Meetings(a Action) (all []Meeting) {
	walk([]Action{a}, func(a Action) {
		if own, ok := ownOf(a); ok && (own.reaches || own.meets) {
			all = append(all, Meeting{At: own.point, Reaches: own.reaches, Waits: own.meets})
		}
	})
	return all
}
