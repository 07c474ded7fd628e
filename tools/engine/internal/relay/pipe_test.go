package relay

import (
	"errors"
	"os"
	"testing"
	"time"
)

func TestAPipesDeadlineEndsReads(t *testing.T) {
	p := NewPipe()
	if err := p.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if err := p.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	p.Take([]byte("x"))
	if n, err := p.Read(make([]byte, 2)); n != 1 || err != nil {
		t.Errorf("after the deadline was taken away: %d, %v", n, err)
	}
}

func TestAPipeThatNobodyReadsTakesNoMore(t *testing.T) {
	p := NewPipe()
	for range maxArrived/MaxChunk + 1 {
		if !p.Take(make([]byte, MaxChunk)) {
			t.Fatal("it took less than it should")
		}
	}
	if p.Take([]byte("x")) {
		t.Error("it takes more than it should")
	}
}
