package payload

import (
	"net/netip"
	"testing"
	"time"
)

// tiny has marshallers that the compiler inlines into those promoted from it.
type tiny struct{ N int }

func (t tiny) MarshalText() ([]byte, error)  { return nil, nil }
func (t *tiny) UnmarshalText(b []byte) error { return nil }

type cborOnly struct{ N int }

func (*cborOnly) UnmarshalCBOR([]byte) error { return nil }

type embedsTime struct {
	time.Time
	N int
}
type embedsTimeLater struct {
	N int
	time.Time
}
type embedsTimePointer struct {
	N int
	*time.Time
}
type embedsTagged struct {
	N         int
	time.Time `cbor:"t"`
}
type embedsTiny struct {
	tiny
	M int
}
type embedsDeep struct {
	embedsTiny
	L int
}
type embedsUnmarshaller struct {
	cborOnly
	M int
}
type embedsTwo struct {
	time.Time
	netip.Addr
}
type containsEmbedder struct{ Inner []embedsTime }
type marshalsOnly struct{ At halfText }

type halfText struct{ N int }

func (halfText) MarshalText() ([]byte, error) { return nil, nil }

func TestPromotedMarshallersAreRefused(t *testing.T) {
	for _, c := range []struct {
		value any
		says  []string
	}{
		{embedsTime{}, []string{"time.Time", "MarshalBinary", "TimeValue"}},
		{embedsTimeLater{}, []string{"time.Time", "MarshalBinary"}},
		{embedsTimePointer{}, []string{"time.Time", "MarshalBinary"}},
		{embedsTagged{}, []string{"time.Time", "MarshalBinary"}},
		{embedsTiny{}, []string{"tiny", "MarshalText"}},
		{embedsDeep{}, []string{"embedsTiny", "MarshalText"}},
		{embedsUnmarshaller{}, []string{"cborOnly", "UnmarshalCBOR"}},
		{embedsTwo{}, []string{"embedsTwo.Time", "give the field a name"}},
		{containsEmbedder{}, []string{"containsEmbedder.Inner[]", "time.Time"}},
		{marshalsOnly{}, []string{"marshalsOnly.At", "no UnmarshalText"}},
	} {
		refuses(t, c.value, c.says)
	}
}

type declaresItsOwn struct {
	time.Time
	N int
}

func (d declaresItsOwn) MarshalText() ([]byte, error)   { return d.Time.MarshalText() }
func (d declaresItsOwn) MarshalBinary() ([]byte, error) { return d.Time.MarshalBinary() }
func (d *declaresItsOwn) UnmarshalBinary([]byte) error  { return nil }

type declaresOnPointer struct {
	*tiny
	N int
}

func (d *declaresOnPointer) MarshalText() ([]byte, error) { return nil, nil }
func (d *declaresOnPointer) UnmarshalText([]byte) error   { return nil }
