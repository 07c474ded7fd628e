package dial

import (
	"errors"
	"time"

	"github.com/lahja/go-lahja/lahja"
)

// Problem returns what is wrong with a *lahja.Backoff, or "". It is an option.Rule.Problem.
func Problem(value any) string {
	_, err := value.(*lahja.Backoff).Complete()
	if wrong, ok := errors.AsType[*lahja.Error](err); ok {
		return "." + wrong.Detail
	}
	return ""
}

// after returns the pause that follows a pause of d, both without jitter; 0 stands for none.
func after(b *lahja.Backoff, d time.Duration) time.Duration {
	if d == 0 {
		return b.Least
	}
	longer := float64(d) * b.Factor
	if longer >= float64(b.Most) {
		return b.Most
	}
	return time.Duration(longer)
}

// jittered returns d with a part taken off: random is from 0 to 1.
func jittered(b *lahja.Backoff, d time.Duration, random float64) time.Duration {
	return d - time.Duration(random*max(0, b.Jitter)*float64(d))
}
