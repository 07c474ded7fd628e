package lahja

import "sync/atomic"

// Traffic counts events and their bytes.
type Traffic struct {
	Events uint64 `json:"events"`
	Bytes  uint64 `json:"bytes"`
}

func (t *Traffic) add(other Traffic) {
	t.Events += other.Events
	t.Bytes += other.Bytes
}

// trafficCount is Traffic that one goroutine counts while others read it. A reader may see
// the two numbers of different moments.
type trafficCount struct{ events, bytes atomic.Uint64 }

func (t *trafficCount) add(n Traffic) {
	t.events.Add(n.Events)
	t.bytes.Add(n.Bytes)
}

func (t *trafficCount) now() Traffic { return Traffic{Events: t.events.Load(), Bytes: t.bytes.Load()} }
