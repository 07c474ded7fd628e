package p2p

import (
	"io"
	"reflect"
	"sync"

	"github.com/lahja/go-lahja/lahja/internal/ordered"
)

// users counts, for each transport that implements io.Closer, the endpoints that use it and
// the calls of Dial and Listen under way. It is global because a program may give one
// transport to several endpoints.
var users = struct {
	mu ordered.Mutex[ordered.Leaf]
	n  map[any]int
}{n: map[any]int{}}

// transportUse is an endpoint's use of its transport, from Run to the endpoint's end.
type transportUse struct {
	transport Transport
	counted   bool // guarded by users.mu, like ended
	ended     bool
	end       sync.Once
	failed    error // of closing the transport
}

// begins counts the endpoint, unless it has ended.
func (u *transportUse) begins() {
	users.mu.Lock()
	defer users.mu.Unlock()
	if !u.ended {
		u.counted = true
		u.enterLocked()
	}
}

// ends closes the transport if nobody else uses it. Later calls wait for the first and return
// the same error.
func (u *transportUse) ends() error {
	u.end.Do(func() {
		users.mu.Lock()
		u.ended = true
		if !u.counted { // It never ran. The transport may be another endpoint's too.
			u.enterLocked()
		}
		users.mu.Unlock()
		u.failed = u.leave()
	})
	return u.failed
}

// enter is called before anything that needs the transport to be open, and leave after it.
func (u *transportUse) enter() {
	users.mu.Lock()
	defer users.mu.Unlock()
	u.enterLocked()
}

func (u *transportUse) enterLocked() {
	if _, closes := u.transport.(io.Closer); closes {
		users.n[u.key()]++
	}
}

// leave closes the transport if it was the last.
func (u *transportUse) leave() error {
	closer, closes := u.transport.(io.Closer)
	if !closes {
		return nil
	}
	users.mu.Lock()
	key := u.key()
	users.n[key]--
	last := users.n[key] == 0
	if last {
		delete(users.n, key)
	}
	users.mu.Unlock()
	if !last {
		return nil
	}
	return closer.Close()
}

// key is equal for endpoints that share a transport. A struct that contains a slice cannot
// be compared, so each endpoint counts as the only user of its copy.
func (u *transportUse) key() any {
	if reflect.ValueOf(u.transport).Comparable() {
		return u.transport
	}
	return u
}
