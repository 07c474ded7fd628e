package payload

import (
	"math/big"
	"reflect"
	"testing"
	"time"
)

// Each of these has a single reason for which it does not arrive as it is sent.
type (
	holdsAny   struct{ Value any }
	holdsTime  struct{ At time.Time }
	omitsEmpty struct {
		Names []string `cbor:",omitempty"`
	}
	leavesOut struct {
		Note string `cbor:"-"`
	}
	ownMarshaller struct{ Rate *big.Rat }
	embedsPointer struct{ *Embedded }
	Embedded      struct {
		Name string `cbor:",omitempty"`
	}
)

func TestRoundTripReturnsWhatAPeerReceives(t *testing.T) {
	for _, sent := range []any{holdsAny{Value: 1}, holdsTime{At: time.Now()}, omitsEmpty{Names: []string{}}, leavesOut{Note: "out"},
		ownMarshaller{Rate: big.NewRat(2, 4)}, embedsPointer{Embedded: &Embedded{}}} {
		known, err := Of(reflect.TypeOf(sent))
		if err != nil {
			t.Fatal(err)
		}
		received, data, err := known.RoundTrip(sent)
		if err != nil {
			t.Fatal(err)
		}
		want, err := known.Decode(data)
		if err != nil || !reflect.DeepEqual(received, want) {
			t.Errorf("%T: got %#v; a peer gets %#v, %v", sent, received, want, err)
		}
	}
}

func TestWhatArrivesAsItIsSentIsNotEncoded(t *testing.T) {
	sent := &codecList{List: []int8{1}}
	received, data, err := mustOf[codecList](t).RoundTrip(sent)
	if received != any(sent) || data != nil || err != nil {
		t.Errorf("got %v, % x, %v; want the event itself", received, data, err)
	}
}

func TestRoundTripFailsWhereAppendDoes(t *testing.T) {
	known := mustOf[codecTree](t)
	circle := &codecTree{}
	circle.Next = circle
	for name, event := range map[string]*codecTree{"a circle": circle, "a channel": {Any: make(chan int)}, "keys": {Any: map[[2]int]int{{}: 1}}} {
		_, encoded := known.Append(nil, event)
		if _, _, err := known.RoundTrip(event); err == nil || encoded == nil || err.Error() != encoded.Error() {
			t.Errorf("%s: got %v, and %v from Append", name, err, encoded)
		}
	}
}
