//go:build lockorder

package ordered

import (
	"strings"
	"testing"
)

func TestLockOutOfOrderPanics(t *testing.T) {
	var first Mutex[Core]
	var second Mutex[Queue]
	first.Lock()
	second.Lock()
	second.Unlock()
	first.Unlock()

	second.Lock()
	defer second.Unlock()
	defer func() {
		text, _ := recover().(string)
		if !strings.Contains(text, "ordered.Core is taken while one of rank ordered.Queue is held") || !strings.Contains(text, "TestLockOutOfOrderPanics") {
			t.Errorf("got panic %q, want one that names both ranks and where the lock that is held was taken", text)
		}
	}()
	first.Lock()
}

func TestTwoLocksOfOneRankPanic(t *testing.T) {
	var one, other Mutex[Leaf]
	one.Lock()
	defer one.Unlock()
	defer func() {
		if recover() == nil {
			t.Error("a lock was taken while another one of the same rank is held")
		}
	}()
	other.Lock()
}

func TestOtherGoroutinesHoldWhatTheyLike(t *testing.T) {
	var first Mutex[Core]
	var last Mutex[Leaf]
	last.Lock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		first.Lock()
		first.Unlock()
	}()
	<-done
	last.Unlock()
}
