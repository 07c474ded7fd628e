package connside_test

import (
	"errors"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lahja/go-lahja/internal/connside"
)

func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var side connside.Side
		changes := 0
		set := func(at time.Time) {
			t.Helper()
			if err := side.SetDeadline(&mu, at, func() { changes++ }); err != nil {
				t.Fatal(err)
			}
		}
		expect := func(expired bool, changed int) {
			t.Helper()
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			if side.Expired != expired || changes != changed {
				t.Errorf("expired is %v after %d changes, want %v after %d", side.Expired, changes, expired, changed)
			}
		}
		set(time.Now().Add(time.Second))
		expect(false, 1)
		time.Sleep(time.Second)
		expect(true, 2)
		set(time.Time{})
		expect(false, 3)
		set(time.Now().Add(-time.Second))
		expect(true, 4)
		set(time.Now().Add(time.Second))
		set(time.Now().Add(time.Minute)) // in its place
		time.Sleep(time.Second)
		expect(false, 6)
		mu.Lock()
		side.Close()
		mu.Unlock()
		time.Sleep(time.Minute)
		expect(false, 6)
		if err := side.SetDeadline(&mu, time.Now(), func() { changes++ }); !errors.Is(err, net.ErrClosed) {
			t.Errorf("got %v, want %v", err, net.ErrClosed)
		}
		expect(false, 6)
	})
}
