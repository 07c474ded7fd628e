package goroutines

import (
	"runtime"
	"strings"
	"testing"
)

// TestGoroutinesAreUsedAgain, but not those that their function ended or has not left.
func TestGoroutinesAreUsedAgain(t *testing.T) {
	var p Pool
	defer p.End()
	number := func(then func()) string {
		of := make(chan string)
		p.Run(t.Context(), func() {
			of <- goroutineNumber()
			then()
		})
		return <-of
	}
	idle := func() int {
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.idle)
	}
	first := number(func() {})
	for idle() == 0 {
		runtime.Gosched()
	}
	if again := number(runtime.Goexit); again != first {
		t.Errorf("goroutine %s ran the second function, and %s the first", again, first)
	}
	stay := make(chan struct{})
	defer close(stay)
	third := number(func() { <-stay })
	if fourth := number(func() {}); third == first || fourth == third {
		t.Errorf("goroutines %s, %s and %s ran the functions", first, third, fourth)
	}
}

func TestStackSaysWhatAFunctionIsIn(t *testing.T) {
	var p Pool
	begun, stay := make(chan struct{}), make(chan struct{})
	stack := p.Run(t.Context(), func() { close(begun); <-stay })
	<-begun
	if text := stack(); !strings.Contains(text, "TestStackSaysWhatAFunctionIsIn") {
		t.Errorf("got %q", text)
	}
	close(stay)
	p.End()
}
