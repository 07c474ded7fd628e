package goroutines

import (
	"runtime"
	"strings"
	"testing"
)

// TestGoroutinesAreUsedAgain checks that they are, but for those that a function has ended or is in.
func TestGoroutinesAreUsedAgain(t *testing.T) {
	var p Pool
	defer p.End()
	run := func(then func()) (number string, ended chan struct{}) {
		of, ended := make(chan string), make(chan struct{})
		p.Run(t.Context(), func() {
			of <- goroutineNumber()
			then()
		}, func() { close(ended) })
		return <-of, ended
	}
	number := func(then func()) string {
		number, ended := run(then)
		<-ended
		return number
	}
	first := number(func() {})
	if again := number(runtime.Goexit); again != first {
		t.Errorf("goroutine %s ran the second function, and %s the first", again, first)
	}
	stay := make(chan struct{})
	defer close(stay)
	third, _ := run(func() { <-stay })
	if fourth := number(func() {}); third == first || fourth == third {
		t.Errorf("goroutines %s, %s and %s ran the functions", first, third, fourth)
	}
}

func TestStackSaysWhatAFunctionIsIn(t *testing.T) {
	var p Pool
	begun, stay, again := make(chan struct{}), make(chan struct{}), make(chan struct{})
	defer p.End()
	ended := make(chan struct{})
	stack := p.Run(t.Context(), func() { close(begun); <-stay }, func() { close(ended) })
	<-begun
	if text := stack(); !strings.Contains(text, "TestStackSaysWhatAFunctionIsIn") {
		t.Errorf("got %q", text)
	}
	close(stay)
	<-ended
	p.Run(t.Context(), func() { // on the same goroutine
		if text := stack(); text != "" {
			t.Errorf("after its end it is in %q", text)
		}
	}, func() { close(again) })
	<-again
}
