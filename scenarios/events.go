package scenarios

import (
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// Tick is an event with a number.
type Tick struct{ N int }

// Tock has the same fields as Tick, and is another type.
type Tock struct{ N int }

// Taken says that a member of a queue group has received the Tick of this number.
type Taken struct {
	N     int
	Group string
}

// Derived embeds a Tick, and is also another type.
type Derived struct {
	Tick
	Extra string
}

// Release tells a blocked handler to continue.
type Release struct{}

// Blob carries bytes.
type Blob struct {
	N    int
	Data []byte
}

// Medley has a field of every kind.
type Medley struct {
	Yes           bool
	Least, Most   int64
	Unsigned      uint64
	Small         int8
	Float         float64
	Text          string
	Bytes         []byte
	At            time.Time
	For           time.Duration
	Names         []string
	Counts        map[string]int
	Array         [3]uint16
	Nested        []Tick
	There, Absent *Tock
}

// Sundry has fields that do not arrive as they are sent.
type Sundry struct {
	Any   any
	At    time.Time
	Names []string `cbor:",omitempty"`
	Note  string   `cbor:"-"`
}

// Pages takes a byte for each empty page when encoded, and the whole page when decoded.
type Pages struct{ All []*Page }

// Page takes 8 KiB.
type Page struct {
	Words [1024]uint64 `cbor:",omitzero"`
}

// Ping is a request that expects a Pong.
type Ping struct {
	lahja.Expects[Pong]
	N int
}

// Pong answers a Ping of the same number.
type Pong struct {
	N    int
	From string
}

// Leak is the id of a request, sent to an endpoint that did not get the request.
type Leak struct{ Instance, Sequence uint64 }

// Ask is a request that expects an Answer.
type Ask struct {
	lahja.Expects[Answer]
	N int
}

// Answer answers an Ask.
type Answer struct{ N int }

// LargeAsk is a request that expects a Blob.
type LargeAsk struct {
	lahja.Expects[Blob]
	N int
}

// LargePing is a LargeAsk that carries bytes itself.
type LargePing struct {
	lahja.Expects[Blob]
	N    int
	Data []byte
}

func tick(i int) Tick { return Tick{N: i} }
func tock(i int) Tock { return Tock{N: i} }

// Streams and slots for scenarios that need one of a kind in a driver.
var (
	ticks   = d.NewSlot[*lahja.Stream[Tick]]("ticks")
	tocks   = d.NewSlot[*lahja.Stream[Tock]]("tocks")
	pings   = d.NewSlot[*lahja.Stream[Ping]]("pings")
	blobs   = d.NewSlot[*lahja.Stream[Blob]]("blobs")
	handled = d.NewSlot[[]lahja.Event[Tick]]("handled")
	asked   = d.NewSlot[lahja.Event[Ping]]("asked")
)

// only is the config of an event for these endpoints.
func only(endpoints ...string) lahja.BroadcastConfig {
	return lahja.BroadcastConfig{FilterEndpoints: endpoints}
}

// evenToNobody is the config of an event to which nobody need subscribe.
var evenToNobody = lahja.BroadcastConfig{AllowNoSubscribers: true}

// internal is the config of an event that stays within its endpoint.
var internal = lahja.BroadcastConfig{Internal: true}
