package window_test

import (
	"slices"
	"testing"

	"github.com/lahja/go-lahja/lahja/internal/window"
)

func TestLastEventMayExceedTheWindow(t *testing.T) {
	w := window.New[string]("t", 10)
	w.Spend(9)
	if !w.HasRoom() {
		t.Fatal("9 of 10 bytes in flight leave no room")
	}
	if w.Spend(100); w.HasRoom() || w.InFlight() != 109 {
		t.Errorf("%d bytes in flight, room %v; want 109 and none", w.InFlight(), w.HasRoom())
	}
}

func TestWindowWithoutASizeAlwaysHasRoom(t *testing.T) {
	w := window.New[string]("t", 0)
	if w.Spend(1 << 40); !w.HasRoom() || w.Pressed() {
		t.Error("it has no room, or is pressed")
	}
}

func TestNobodyOvertakesWaiters(t *testing.T) {
	w := window.New[string]("t", 10)
	w.Spend(10)
	w.Wait("first", 1)
	w.Refund(10)
	if w.HasRoom() {
		t.Error("there is room although somebody waits for it")
	}
}

func TestCreditGoesToWaitersInOrder(t *testing.T) {
	w := window.New[string]("t", 10)
	w.Spend(10)
	w.Wait("first", 3)
	w.Wait("second", 8)
	w.Wait("third", 1)
	var admitted []string
	admit := func(who string) { admitted = append(admitted, who) }
	w.Acknowledge(2, admit)
	if want := []string{"first"}; !slices.Equal(admitted, want) || w.InFlight() != 11 || w.Waiting() != 2 {
		t.Fatalf("admitted %v, %d in flight, %d wait; want %v, 11, 2", admitted, w.InFlight(), w.Waiting(), want)
	}
	if !w.Leave("second") || w.Leave("second") {
		t.Error("a waiter does not leave exactly once")
	}
	w.Acknowledge(5, admit)
	if want := []string{"first", "third"}; !slices.Equal(admitted, want) || w.InFlight() != 7 {
		t.Errorf("admitted %v, %d in flight; want %v, 7", admitted, w.InFlight(), want)
	}
}

func TestResizingAdmitsWaiters(t *testing.T) {
	w := window.New[string]("t", 1)
	w.Spend(1)
	w.Wait("a", 1)
	var admitted []string
	w.Resize(2, func(who string) { admitted = append(admitted, who) })
	if len(admitted) != 1 || w.InFlight() != 2 {
		t.Errorf("admitted %v, %d in flight; want a, 2", admitted, w.InFlight())
	}
}

func TestCreditBeyondWhatIsInFlightIsNone(t *testing.T) {
	w := window.New[string]("t", 4)
	w.Spend(3)
	w.Acknowledge(100, nil)
	if !w.Unused() || w.InFlight() != 0 {
		t.Errorf("%d in flight, want 0", w.InFlight())
	}
}

func TestWindowIsPressedBeyondItsHalf(t *testing.T) {
	w := window.New[string]("t", 10)
	if w.Spend(5); w.Pressed() {
		t.Error("half of it presses")
	}
	if w.Spend(1); !w.Pressed() {
		t.Error("more than half of it does not press")
	}
}

func TestDismissingTakesNoCredit(t *testing.T) {
	w := window.New[string]("t", 1)
	w.Spend(1)
	w.Wait("a", 1)
	w.Wait("b", 1)
	if got := w.Dismiss(); !slices.Equal(got, []string{"a", "b"}) || w.Waiting() != 0 || w.InFlight() != 1 {
		t.Errorf("dismissed %v, %d wait, %d in flight; want a and b, 0, 1", got, w.Waiting(), w.InFlight())
	}
}
