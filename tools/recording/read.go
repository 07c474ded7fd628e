package recording

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Recorded is what a ring has kept.
type Recorded struct {
	// Began is when the ring began, by the wall clock of its process.
	Began time.Time
	// Entries have times since Began, and Driver 0.
	Entries []Entry
	// Lost is how many records were overwritten.
	Lost uint64
	// Missing says why there are none, where that is known.
	Missing string
}

// Read returns what the ring has kept.
func (r *Ring) Read() Recorded {
	if r == nil {
		return Recorded{}
	}
	if r.shared != nil {
		return r.readShared()
	}
	var lanes [2]Recorded
	for i := range r.lanes {
		lanes[i] = r.lanes[i].read()
	}
	return merged(lanes)
}

func (l *lane) read() Recorded {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mem == nil {
		return Recorded{}
	}
	return decode(l.mem, l.slots, l.began, l.next, l.strings.all)
}

// merged are the records of both lanes.
func merged(lanes [2]Recorded) Recorded {
	all := Recorded{Began: lanes[0].Began, Entries: lanes[0].Entries, Lost: lanes[0].Lost + lanes[1].Lost}
	if all.Entries = append(all.Entries, lanes[1].Entries...); len(lanes[1].Entries) == 0 || len(lanes[0].Entries) == 0 {
		return all
	}
	// Several goroutines record: the clock may be read in another order.
	slices.SortStableFunc(all.Entries, func(a, b Entry) int { return cmp.Compare(a.At, b.At) })
	return all
}

// parse is for memory that another process wrote.
func parse(mem []byte) (Recorded, error) {
	var lanes [2]Recorded
	for i := range lanes {
		var err error
		if lanes[i], err = parseLane(mem[i*len(mem)/2 : (i+1)*len(mem)/2]); err != nil {
			return Recorded{}, err
		}
	}
	return merged(lanes), nil
}

func parseLane(mem []byte) (Recorded, error) {
	if len(mem) < headSize || get64(mem, atMagic) != magic {
		return Recorded{}, errors.New("the process has not begun its ring")
	}
	slots := get64(mem, atSlots)
	if slots == 0 || slots > uint64(len(mem))/recordSize || len(mem) != laneSize(int(slots)) {
		return Recorded{}, fmt.Errorf("the ring's head says %d records, which is not its size of %d bytes", slots, len(mem))
	}
	var last uint64
	for i := range slots {
		last = max(last, get64(mem, headSize+int(i)*recordSize+atNumber))
	}
	return decode(mem, slots, time.Unix(0, int64(get64(mem, atBegan))), last, readStrings(mem[headSize+slots*recordSize:])), nil
}

func decode(mem []byte, slots uint64, began time.Time, last uint64, texts texts) Recorded {
	out := Recorded{Began: began}
	if last > slots {
		out.Lost = last - slots
	}
	out.Entries = make([]Entry, 0, min(last, slots))
	first := out.Lost + 1
	for i := range min(last, slots) {
		number := first + i
		at := headSize + (number-1)%slots*recordSize
		slot := mem[at : at+recordSize]
		if get64(slot, atNumber) != number || slot[atKind] == 0 || slot[atKind] >= kinds {
			continue
		}
		if texts.hadNoRoom(slot) {
			out.Lost++
		}
		out.Entries = texts.appendEntries(out.Entries, slot)
	}
	return out
}

type texts []string

// appendEntries adds the entry of a record, or one for each of its peers.
func (t texts) appendEntries(all []Entry, slot []byte) []Entry {
	e := t.entry(slot)
	if slot[atFlags]&flagSeveral == 0 {
		return append(all, e)
	}
	for n := range members(e.Peer) {
		e.Peer = t.text(n)
		all = append(all, e)
	}
	return all
}

// hadNoRoom reports whether the ring had no room for a text of a record.
func (t texts) hadNoRoom(slot []byte) bool {
	return t.at(slot, atEvent) == full || t.at(slot, atPeer) == full || t.at(slot, atText) == full ||
		t.at(slot, atEndpoint) == full
}

func (t texts) at(slot []byte, field int) string {
	return t.text(int(binary.LittleEndian.Uint16(slot[field:])))
}

func (t texts) text(n int) string {
	if n >= 0 && n < len(t) {
		return t[n]
	}
	return ""
}

func (t texts) entry(slot []byte) Entry {
	e := Entry{At: time.Duration(get64(slot, atTime)), Kind: kindNames[slot[atKind]], Took: time.Duration(get64(slot, atTook))}
	text := t.at(slot, atText)
	if slot[atKind] == stepEnded {
		e.Serial, e.Step, e.Error = int(get32(slot, atCount)), int(get32(slot, atSize)), text
		return e
	}
	if slot[atFlags]&flagError != 0 {
		e.Error = text
	} else {
		e.Text = text
	}
	e.Event, e.Peer, e.Endpoint = t.at(slot, atEvent), t.at(slot, atPeer), t.at(slot, atEndpoint)
	e.ID = ID{Instance: get64(slot, atInstance), Sequence: get64(slot, atSequence)}
	e.Answers = ID{Instance: get64(slot, atAnswersI), Sequence: get64(slot, atAnswersS)}
	e.Size, e.Outgoing = int(get32(slot, atSize)), slot[atKind] == dropped && slot[atFlags]&flagOutgoing != 0
	if n := int(get32(slot, atCount)); n > 1 {
		e.Count = n
	}
	if which := int(get32(slot, atWhich)); slot[atKind] == sent {
		e.Beside = which
	} else {
		e.Subscription = which
	}
	return e
}
