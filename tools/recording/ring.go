package recording

import (
	"encoding/binary"
	"math"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/lahja/go-lahja/lahja"
)

// A Ring takes the records of one driver, and keeps the last ones. Its methods are safe for
// concurrent use; a nil Ring takes nothing.
//
// Its memory is flat, so that a process that dies leaves it as it was, and another process
// can read it. There are two lanes, so that the goroutine which reads from a peer and those
// which handle events do not wait for each other.
type Ring struct {
	lanes  [2]lane
	memory *memory

	// Of a ring that another process writes: what that inherits, and its memory.
	file   *os.File
	shared []byte
}

// lane takes the records of some kinds.
type lane struct {
	mem   []byte // a head, records of one size, and the strings that they refer to; nil: nothing is taken any more
	slots uint64
	began time.Time // with the monotonic clock

	mu      sync.Mutex
	next    uint64 // how many records were taken
	strings *interned
	latest  *latest
	// peer is the last peer, and its number among the strings. several are the last ones that
	// one record stands for.
	peer          string
	several       []string
	peerNumber    uint16
	severalNumber uint16
}

// latest are the last records of each kind and peer, which one more may be added to.
type latest [kinds][16]uint64

// memory is what a ring needs and a later one can use again.
type memory struct {
	all     []byte // of both lanes
	strings [2]interned
	latest  [2]latest
}

// of returns the lane for records of a kind.
func (r *Ring) of(code byte) *lane {
	if code == handled || code == taken {
		return &r.lanes[1]
	}
	return &r.lanes[0]
}

// DefaultRecords is how many records a Ring keeps in each lane. At 80 bytes each they are 320 KiB,
// and hold the last seconds of a scenario that sends thousands of events.
const DefaultRecords = 4096

// The layout of a ring. All numbers are little-endian and of 64 bits where nothing else is
// said.
const (
	headSize   = 64 // magic, how many records, when it began by the wall clock
	recordSize = 80
	// stringsSize is the room for strings. What does not fit is left out.
	stringsSize = 64 << 10
	magic       = 0x31676e69726c // lring1

	atMagic, atSlots, atBegan = 0, 8, 16
)

// The fields of a record. Its number, from 1, is written last: a record without the number
// that belongs there was not finished.
const (
	atNumber   = 0
	atTime     = 8  // nanoseconds since the ring began
	atKind     = 16 // 8 bits
	atFlags    = 17 // 8 bits
	atEvent    = 18 // 16 bits, a string
	atPeer     = 20 // 16 bits, a string, or a set of them
	atText     = 22 // 16 bits, a string
	atCount    = 24 // 32 bits
	atSize     = 28 // 32 bits
	atInstance = 32
	atSequence = 40
	atAnswersI = 48 // the instance of the other event
	atAnswersS = 56 // its sequence
	atTook     = 64 // nanoseconds
	atEndpoint = 72 // 16 bits, a string
	atWhich    = 76 // 32 bits, a subscription, or how many events were begun beside a sent one
)

const (
	flagOutgoing = 1 << iota
	flagError    // the text is an error's
	flagSeveral  // the peer is a set of them
)

// Together is how long after its first event a record takes more: the time that an entry with a
// Count stands for.
const Together = time.Millisecond

func laneSize(records int) int { return headSize + records*recordSize + stringsSize }

func ringSize(records int) int { return 2 * laneSize(records) }

// spare are the memories of rings of the default size that are used again: making one costs
// more than all that a short scenario records. A sync.Pool would lose them to every second
// collection of garbage. They are at most 22 MiB.
var spare = make(chan *memory, 32)

// NewRing makes a ring in this process's memory that keeps that many records.
func NewRing(records int) *Ring {
	if records == DefaultRecords {
		select {
		case used := <-spare:
			return newRing(used, records)
		default:
		}
	}
	return newRing(&memory{all: make([]byte, ringSize(records))}, records)
}

// Reuse gives the ring's memory to a later one. It cannot be read any more, and takes nothing.
func (r *Ring) Reuse() {
	if r == nil || r.memory == nil {
		return
	}
	for i := range r.lanes {
		l := &r.lanes[i]
		l.mu.Lock()
		l.mem, l.strings, l.latest = nil, nil, nil
		l.mu.Unlock()
	}
	if len(r.memory.all) == ringSize(DefaultRecords) {
		select {
		case spare <- r.memory:
		default:
		}
	}
	r.memory = nil
}

func newRing(m *memory, records int) *Ring {
	r, size, now := &Ring{memory: m}, laneSize(records), time.Now()
	for i := range r.lanes {
		r.lanes[i].begin(m, i, m.all[i*size:(i+1)*size], records, now)
	}
	return r
}

func (l *lane) begin(m *memory, lane int, mem []byte, records int, now time.Time) {
	l.mem, l.slots, l.began = mem, uint64(records), now
	l.strings, l.latest = &m.strings[lane], &m.latest[lane]
	clear(l.latest[:])
	if texts := mem[headSize+records*recordSize:]; l.strings.used == 0 || l.strings.used > len(texts)/2 {
		l.strings.init(texts)
	}
	binary.LittleEndian.PutUint64(mem[atSlots:], l.slots)
	binary.LittleEndian.PutUint64(mem[atBegan:], uint64(now.UnixNano()))
	binary.LittleEndian.PutUint64(mem[atMagic:], magic)
}

// StepEnded records that an execution of a step has ended, and how.
func (r *Ring) StepEnded(step, serial int, took time.Duration, err error) {
	if r == nil {
		return
	}
	now := time.Now()
	l := r.of(stepEnded)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mem == nil {
		return
	}
	slot, number := l.claim(stepEnded, now)
	put16(slot, atText, l.errorText(err))
	put32(slot, atCount, uint32(serial))
	put32(slot, atSize, uint32(step))
	put64(slot, atTook, uint64(took))
	put64(slot, atNumber, number)
}

// Fault records what the driver does to another one, or to itself.
func (r *Ring) Fault(what string) {
	if r == nil {
		return
	}
	now := time.Now()
	l := r.of(fault)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mem == nil {
		return
	}
	slot, number := l.claim(fault, now)
	put16(slot, atText, l.strings.number(what))
	put64(slot, atNumber, number)
}

// Observer returns what records what an endpoint did. Calling it copies an Observation, which is
// large, once less than calling the method value r.Observe.
func (r *Ring) Observer() lahja.Observer {
	return func(o lahja.Observation) { r.observe(&o) }
}

// Observe records what an endpoint did. It is a lahja.Observer.
func (r *Ring) Observe(o lahja.Observation) { r.observe(&o) }

func (r *Ring) observe(o *lahja.Observation) {
	code := observed(o.Kind)
	if r == nil || code == 0 {
		return
	}
	when := o.Time
	if when.IsZero() {
		when = time.Now()
	}
	l := r.of(code)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mem == nil {
		return
	}
	if len(o.Peers) > 0 {
		if set, ok := l.numberOfSet(o.Peers); ok {
			l.add(code, flagSeveral, set, o, when)
			return
		}
		for one := range o.Each() {
			l.add(code, 0, l.numberOf(one.Peer), &one, when)
		}
		return
	}
	l.add(code, 0, l.numberOf(o.Peer), o, when)
}

// add adds an event to the last record, or makes one of it.
func (l *lane) add(code, flags byte, peer uint16, o *lahja.Observation, when time.Time) {
	if code == disconnected {
		for i := range l.latest {
			l.latest[i][peer%16] = 0 // What follows came over another connection.
		}
		clear(l.latest[sent][:]) // The peer may be one of several.
	}
	if l.join(code, flags, peer, o, when) {
		return
	}
	slot, number := l.claim(code, when)
	l.latest[code][peer%16] = number
	slot[atFlags] = flags
	l.fill(slot, peer, o)
	put64(slot, atNumber, number)
}

func (l *lane) fill(slot []byte, peer uint16, o *lahja.Observation) {
	text, other := describe(o), o.Answers
	if o.Outgoing {
		slot[atFlags] |= flagOutgoing
	}
	if o.Err != nil {
		slot[atFlags] |= flagError
		text = o.Err.Error()
	}
	if !o.Answer.IsZero() {
		other = o.Answer
	}
	put16(slot, atEvent, l.strings.number(o.Event))
	put16(slot, atPeer, peer)
	put16(slot, atEndpoint, l.strings.number(o.Endpoint))
	put16(slot, atText, l.strings.number(text))
	put32(slot, atWhich, which(o))
	put32(slot, atCount, uint32(o.Events()))
	put32(slot, atSize, clamp32(o.Size))
	put64(slot, atInstance, o.ID.Instance|o.PeerInstance) // At most one of them is set.
	put64(slot, atSequence, o.ID.Sequence)
	put64(slot, atAnswersI, other.Instance)
	put64(slot, atAnswersS, other.Sequence)
	put64(slot, atTook, uint64(o.Took))
}

// which is the subscription that an observation concerns, or how many events were begun beside
// a sent one.
func which(o *lahja.Observation) uint32 {
	if o.Kind == lahja.EventSent {
		return clamp32(int(o.Beside))
	}
	return clamp32(int(o.Subscription))
}

// numberOfSet is the number of a set of peers among the strings. If it is not ok, each is to be
// recorded by itself.
func (l *lane) numberOfSet(peers []string) (number uint16, ok bool) {
	same := len(peers) == len(l.several) && &peers[0] == &l.several[0] // as of events that take the same route
	if !same && !slices.Equal(peers, l.several) {
		if number, ok = l.strings.set(peers); !ok {
			return 0, false
		}
		l.several, l.severalNumber = peers, number
	}
	return l.severalNumber, true
}

func (l *lane) numberOf(peer string) uint16 {
	if peer != l.peer {
		l.peer, l.peerNumber = peer, l.strings.number(peer)
	}
	return l.peerNumber
}

// join adds an event to the last record of its kind and peer if it follows on from that. Sent
// events do if the broadcast of the last one ended before the next began.
func (l *lane) join(code, flags byte, peer uint16, o *lahja.Observation, when time.Time) bool {
	if code > lastJoined || o.Err != nil || !o.Answers.IsZero() {
		return false
	}
	number := l.latest[code][peer%16]
	if number == 0 || number+l.slots <= l.next {
		return false
	}
	slot := l.slot(number)
	count := get32(slot, atCount)
	if slot[atKind] != code || get16(slot, atPeer) != peer || slot[atFlags]&flagSeveral != flags || l.strings.all[get16(slot, atEndpoint)] != o.Endpoint || get16(slot, atText) != 0 || slot[atFlags]&flagError != 0 ||
		get64(slot, atAnswersS) != 0 || !l.continues(slot, code, o) ||
		get64(slot, atInstance) != o.ID.Instance || get64(slot, atSequence)+uint64(count) != o.ID.Sequence ||
		l.strings.all[get16(slot, atEvent)] != o.Event || when.Sub(l.began)-time.Duration(get64(slot, atTime)) > Together {
		return false
	}
	put32(slot, atCount, count+uint32(o.Events()))
	put32(slot, atSize, clamp32(int(get32(slot, atSize))+o.Size))
	put64(slot, atTook, get64(slot, atTook)+uint64(o.Took))
	put32(slot, atWhich, which(o))
	return true
}

// continues reports whether an event concerns the subscription of a record, or was broadcast
// after that.
func (l *lane) continues(slot []byte, code byte, o *lahja.Observation) bool {
	last := get32(slot, atWhich)
	return last == which(o) && code != sent || last == 0 && code == sent
}

func (l *lane) errorText(err error) uint16 {
	if err == nil {
		return 0
	}
	return l.strings.number(err.Error())
}

// claim takes the next record, which is unfinished until its number is written.
func (l *lane) claim(code byte, when time.Time) (slot []byte, number uint64) {
	l.next++
	slot = l.slot(l.next)
	clear(slot)
	slot[atKind] = code
	put64(slot, atTime, uint64(when.Sub(l.began)))
	return slot, l.next
}

// slot is where the record of a number is.
func (l *lane) slot(number uint64) []byte {
	at := headSize + (number-1)%l.slots*recordSize
	return l.mem[at : at+recordSize : at+recordSize]
}

func put16(slot []byte, at int, v uint16) { binary.LittleEndian.PutUint16(slot[at:], v) }
func put32(slot []byte, at int, v uint32) { binary.LittleEndian.PutUint32(slot[at:], v) }
func put64(slot []byte, at int, v uint64) { binary.LittleEndian.PutUint64(slot[at:], v) }
func get16(slot []byte, at int) uint16    { return binary.LittleEndian.Uint16(slot[at:]) }
func get32(slot []byte, at int) uint32    { return binary.LittleEndian.Uint32(slot[at:]) }
func get64(slot []byte, at int) uint64    { return binary.LittleEndian.Uint64(slot[at:]) }

func clamp32(n int) uint32 { return uint32(min(uint64(max(n, 0)), math.MaxUint32)) }
