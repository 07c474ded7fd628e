package bridge

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/lahja/go-lahja/lahja/core"
	"github.com/lahja/go-lahja/lahja/inspect"
)

// Inspection is the state of a bridge. It is plain data.
type Inspection struct {
	// Exported are the endpoints on sockets that can be found on the server, and Imported those
	// on the server that can be found on sockets.
	Exported []string `json:"exported"`
	Imported []string `json:"imported"`
	// Refused says why some names are neither, by name.
	Refused map[string]string `json:"refused"`
	// Pairs are the connections that pass through the bridge, by the names of both sides.
	Pairs []Pair `json:"pairs"`
}

// Pair is a connection between an endpoint on a socket and one on the server.
type Pair struct {
	Local  string    `json:"local"`  // on a socket
	Remote string    `json:"remote"` // on the server
	Since  time.Time `json:"since"`
	// Ready reports whether each side knows that the other is connected to it.
	Ready bool `json:"ready"`
	// ToServer and ToSocket count what has passed.
	ToServer Traffic `json:"to_server"`
	ToSocket Traffic `json:"to_socket"`
	// Queue is what waits to be written to the socket. Waiting are events that wait for room.
	Queue inspect.Queue `json:"queue"`
}

// Inspect returns the bridge's current state. Its parts may be from slightly different moments.
func (b *Bridge) Inspect() Inspection {
	b.mu.Lock()
	i := Inspection{Exported: slices.Sorted(maps.Keys(b.exports)), Imported: []string{}, Refused: maps.Clone(b.refused), Pairs: []Pair{}}
	for name, imported := range b.imports {
		if imported.listener != nil {
			i.Imported = append(i.Imported, name)
		}
	}
	locals := slices.Collect(maps.Values(b.locals))
	b.mu.Unlock()
	slices.Sort(i.Imported)
	for _, l := range locals {
		for _, p := range l.all() {
			i.Pairs = append(i.Pairs, p.inspect())
		}
	}
	slices.SortFunc(i.Pairs, func(a, b Pair) int {
		return cmp.Or(cmp.Compare(a.Local, b.Local), cmp.Compare(a.Remote, b.Remote))
	})
	return i
}

// all returns the local's pairs.
func (l *local) all() []*pair {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Values(l.pairs))
}

func (p *pair) inspect() Pair {
	queue, _ := p.queue()
	p.mu.Lock()
	defer p.mu.Unlock()
	return Pair{Local: p.local.name, Remote: p.remote, Since: p.since, Ready: p.told, ToServer: p.toServer.get(), ToSocket: p.toSockets.get(), Queue: queue}
}

// queue returns what waits to be written to the socket, and the windows.
func (p *pair) queue() (inspect.Queue, []inspect.Window) {
	s := p.out.State()
	windows := []inspect.Window{}
	for _, w := range s.Windows {
		windows = append(windows, inspect.Window{Type: w.Event, UnderWay: w.InFlight, Window: w.Size, Waiting: w.Waiting})
	}
	return inspect.Queue{Events: s.Events, Bytes: s.Bytes, Limit: s.Limit, Waiting: p.down.waits()}, windows
}

// inspectRemote returns the state of an endpoint on the server, as far as the bridge knows it: its
// peers are the endpoints on sockets to which it is connected.
func (b *Bridge) inspectRemote(remote string) inspect.Inspection {
	b.mu.Lock()
	locals, taps := slices.Collect(maps.Values(b.locals)), b.taps[remote]
	b.mu.Unlock()
	i := inspect.Inspection{Name: remote, At: time.Now(), Address: b.opts.address(remote), Peers: []inspect.Peer{},
		Subscriptions: []inspect.Subscription{}, Local: []inspect.Window{}, Taps: []inspect.Tap{}}
	for _, l := range locals {
		if p := l.pairWith(remote); p != nil {
			p.addTo(&i)
		}
	}
	slices.SortFunc(i.Peers, func(a, b inspect.Peer) int { return cmp.Compare(a.Name, b.Name) })
	for _, t := range taps {
		i.Taps = append(i.Taps, t.Inspect(""))
	}
	return i
}

// addTo adds the local to the remote's peers, once the remote is met.
func (p *pair) addTo(i *inspect.Inspection) {
	queue, windows := p.queue()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.peer == nil {
		return
	}
	sent, received := inspect.Traffic(p.toSockets.get()), inspect.Traffic(p.toServer.get())
	i.Instance = core.InstanceText(p.peer.Instance())
	i.Totals.Sent.Add(sent)
	i.Totals.Received.Add(received)
	i.Peers = append(i.Peers, inspect.Peer{Name: p.local.name, Instance: core.InstanceText(p.local.instance), Since: p.since,
		Dialled: !p.peer.Dialled(), Subscriptions: core.InspectInterests(p.ours), Differing: []inspect.Difference{},
		Queue: queue, Windows: windows, Sent: sent, Received: received})
}
