package stream

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"testing"
)

// FuzzStream sends bytes over a network that loses, repeats and delays messages and their
// acknowledgements. What arrives is what was sent, or an error.
func FuzzStream(f *testing.F) {
	f.Add([]byte("hello\nlaunch\nstep\n"), uint64(1), uint8(3))
	f.Add([]byte{}, uint64(2), uint8(0))
	f.Fuzz(func(t *testing.T, sent []byte, seed uint64, size uint8) {
		sent = sent[:min(len(sent), 512)] // More would show no more, slower.
		chance := rand.New(rand.NewPCG(seed, 0))
		secret := NewSecret()
		out, _ := keysOf(t, secret.AtParent)
		_, in := keysOf(t, secret.AtProcess)
		var taken Order
		var got []byte
		deliver := func(raw []byte) error {
			m, err := in.Open(raw)
			if err != nil {
				return err
			}
			fresh, err := taken.Next(m.Number)
			if fresh && err == nil {
				got = append(got, m.Data...)
			}
			return err
		}
		var late [][]byte
		s := Sender{Key: out, Exchange: func(_ context.Context, raw []byte) error {
			for {
				if len(late) > 0 && chance.IntN(4) == 0 { // one that was thought lost
					if err := deliver(late[chance.IntN(len(late))]); err != nil {
						return err
					}
				}
				if chance.IntN(3) == 0 {
					late = append(late[max(0, len(late)-7):], bytes.Clone(raw))
					continue
				}
				if err := deliver(raw); err != nil {
					return err
				}
				if chance.IntN(3) > 0 { // else the acknowledgement is lost
					return nil
				}
			}
		}}
		for rest := sent; len(rest) > 0; {
			n := min(len(rest), int(size)+1)
			if err := s.Send(t.Context(), rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if !bytes.Equal(got, sent) {
			t.Fatalf("got %q, want %q", got, sent)
		}
	})
}

func TestAMissingMessageIsAnError(t *testing.T) {
	var taken Order
	for _, c := range []struct {
		number uint64
		fresh  bool
		err    error
	}{{1, true, nil}, {1, false, nil}, {2, true, nil}, {4, false, ErrGap}, {0, false, ErrGap}, {3, true, nil}} {
		if fresh, err := taken.Next(c.number); fresh != c.fresh || !errors.Is(err, c.err) {
			t.Errorf("number %d: got %v, %v, want %v, %v", c.number, fresh, err, c.fresh, c.err)
		}
	}
}
