package runner

import "time"

// SetHangs has runs in another time given up sooner. It returns what undoes that.
func SetHangs(after time.Duration) (undo func()) {
	before := hangs
	hangs = after
	return func() { hangs = before }
}
