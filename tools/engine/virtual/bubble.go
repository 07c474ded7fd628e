package virtual

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
)

// errLeft is why a bubble ends whose goroutines have not all ended.
var errLeft = errors.New("goroutines remain that nothing can wake")

// bubble runs fn in virtual time, and returns when all goroutines that it started have ended.
// The time begins at midnight UTC 2000-01-01.
//
// testing/synctest wants a test to report to. What goes wrong here is an error instead, so an
// empty test will do, and programs that are no tests can have bubbles.
func bubble(fn func()) (err error) {
	returned := make(chan error, 1)
	go func() {
		err := errors.New("the run ended its goroutine (runtime.Goexit)")
		defer func() {
			if p := recover(); p != nil {
				err = bubbleError(p)
			}
			returned <- err
		}()
		var inside error
		synctest.Test(&testing.T{}, func(*testing.T) { inside = caught(fn) })
		err = inside
	}()
	return <-returned
}

// caught calls fn. A panic that left it would end the process.
func caught(fn func()) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	fn()
	return nil
}

func bubbleError(p any) error {
	if text := fmt.Sprint(p); !strings.HasPrefix(text, "deadlock: ") {
		return fmt.Errorf("panic: %s", text)
	}
	return errLeft
}
