package core_test

import (
	"testing"

	"github.com/lahja/go-lahja/lahja/core"
)

func TestEarlierTells(t *testing.T) {
	b, _ := newBus(t)
	told := func(instance, sent, want uint64) {
		t.Helper()
		got := uint64(0)
		if gap := b.EarlierTold("peer", instance, sent); gap != nil {
			if got = gap.Lost; !gap.Earlier || gap.Peer != "peer" {
				t.Errorf("got %+v", gap)
			}
		}
		if got != want {
			t.Errorf("run %d says that it has sent %d: %d are taken for lost, want %d", instance, sent, got, want)
		}
	}
	told(1, 100, 0) // Nothing is known of it.
	b.CountEarlier(1, 3, 10)
	told(1, 117, 7)
	told(1, 117, 0) // That was said before.
	b.CountEarlier(1, 4, 20)
	told(1, 140, 3)
	b.CountEarlier(1, 0, 5)
	told(1, 2, 0) // It has forgotten.
	b.CountEarlier(1, 0, 5)
	told(1, 8, 1)
	if got := b.EarlierSent(1); got != 7 {
		t.Errorf("%d were sent to it, want 3 and 4", got)
	}
	if got := b.EarlierSent(2); got != 0 {
		t.Errorf("%d were sent to a run that is not known", got)
	}
}

// TestEarlierForgetsTheRunThatEndedFirst pins that what is remembered is bounded.
func TestEarlierForgetsTheRunThatEndedFirst(t *testing.T) {
	b, _ := newBus(t)
	for i := range uint64(core.MostEarlier) {
		b.CountEarlier(i, 1, 1)
	}
	b.CountEarlier(0, 1, 1)
	b.CountEarlier(core.MostEarlier, 1, 1)
	for instance, want := range map[uint64]uint64{0: 2, 1: 0, 2: 1, core.MostEarlier: 1} {
		if got := b.EarlierSent(instance); got != want {
			t.Errorf("of run %d, %d are remembered, want %d", instance, got, want)
		}
	}
}
