package bridge

import (
	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
)

// goOn takes the next step to a ready pair, if it is time.
func (p *pair) goOn() {
	p.mu.Lock()
	peer := p.peer
	if peer == nil || p.err != nil {
		p.mu.Unlock()
		return
	}
	dialled := peer.Dialled()
	welcome := !p.welcomed && p.theirs && (p.shown.seen || !dialled)
	confirm := !dialled && p.ready && p.shown.seen && p.lists && !p.listed
	p.welcomed = p.welcomed || welcome
	p.listed = p.listed || confirm
	var layouts []wire.DescribedMsg
	if welcome {
		layouts, p.layouts = p.layouts.all, described{}
	}
	p.mu.Unlock()
	if welcome && !dialled {
		peer.Proceed()
	}
	for _, d := range layouts {
		peer.DescribeNow(d.Type, d.Layout)
	}
	if welcome && dialled || confirm {
		peer.Proceed()
	}
	p.tellReady()
}

// takeListed takes in that the local has listed the remote. The remote takes no events before it is
// told so.
func (p *pair) takeListed() {
	p.mu.Lock()
	p.lists = true
	p.mu.Unlock()
	p.goOn()
}

// tellReady tells the local, once, that the remote is ready.
func (p *pair) tellReady() {
	p.mu.Lock()
	tell := p.ready && p.shown.seen && (p.listed || p.peer.Dialled()) && !p.told
	p.told = p.told || tell
	if tell {
		stop(p.deadline)
	}
	p.mu.Unlock()
	if tell {
		p.control(wire.ReadyMsg{}.Append(nil))
	}
}

// readied: the remote knows what the local subscribes to. If it dialled, its set came with that.
func (p *pair) readied() {
	p.mu.Lock()
	again := p.ready
	p.ready = true
	p.mu.Unlock()
	if !again && !p.remotePeer().Dialled() {
		p.showInterests()
	}
}

// acknowledged: the remote knows the local's set of that number.
func (p *pair) acknowledged(number uint64) {
	p.control(wire.NumberMsg{Number: number}.Append(nil, wire.SubscriptionsAck))
	p.goOn()
}

// showInterests tells the local what the remote subscribes to. If the local has not acknowledged
// the last set yet, it is told when it has, so that no more than one waits for a local that does not
// read.
func (p *pair) showInterests() {
	number, set := p.remotePeer().Interests()
	if p.shows(number, set) {
		p.control(interests(number, set))
	}
}

// shows reports whether the local is to be told that set now.
func (p *pair) shows(number uint64, set map[string]lahja.Interest) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &p.shown
	waits := s.any && !(s.seen && s.known >= s.latest)
	if waits || s.any && number <= s.latest {
		return false
	}
	s.any, s.latest, s.set = true, number, set
	return true
}

// takeShown takes in that the local knows the remote's set of that number.
func (p *pair) takeShown(number uint64) error {
	p.mu.Lock()
	s := &p.shown
	peer := p.peer
	if !s.any || number > s.latest {
		p.mu.Unlock()
		return malformed("it acknowledges the subscriptions %d, which it was not told", number)
	}
	fresh := !s.seen || number > s.known
	s.seen, s.known = true, max(s.known, number)
	p.mu.Unlock()
	if !fresh {
		return nil
	}
	peer.Know(number)
	p.goOn()
	p.showInterests()
	return nil
}

// interests are a set as it goes over a socket.
func interests(number uint64, set map[string]lahja.Interest) []byte {
	return wire.AppendSubscriptions(nil, number, set, func(i lahja.Interest) wire.Interest {
		return wire.Interest{Shape: i.Shape, Window: uint64(i.Window), Groups: i.Groups, Everyone: i.Everyone}
	})
}
