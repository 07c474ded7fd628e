// Package testkit has what the tests of several packages share. It imports none of them.
package testkit

import (
	"context"
	"os"
	"runtime/metrics"
	"testing"
	"time"
)

// Patience is far above what any test needs.
const Patience = 20 * time.Second

// Check fails the test at once on an error.
func Check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Context returns a context that ends after Patience.
func Context(t testing.TB) context.Context { return Within(t, Patience) }

// Within returns a context that ends after d, or with the test.
func Within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// ShortDir returns a new directory that the test removes. Its path leaves room for the name
// of a socket, which that of t.TempDir does not on every system.
func ShortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "l")
	Check(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// Allocated returns how many bytes f allocates, with what runs meanwhile. That is enough to
// see whether code trusts a length that it read. The runtime counts small objects late or
// not at all.
func Allocated(f func()) uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	before := sample[0].Value.Uint64()
	f()
	metrics.Read(sample)
	return sample[0].Value.Uint64() - before
}
