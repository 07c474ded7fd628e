package command

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/alecthomas/kong"
)

// shuffle is a flag with or without a value: the seed of a random order.
type shuffle struct {
	on   bool
	seed uint64
}

// IsBool lets the flag stand without a value.
func (*shuffle) IsBool() bool { return true }

// Decode implements kong.MapperValue.
func (s *shuffle) Decode(ctx *kong.DecodeContext) error {
	s.on, s.seed = true, rand.Uint64N(1e9)
	if ctx.Scan.Peek().Type != kong.FlagValueToken {
		return nil
	}
	text := fmt.Sprint(ctx.Scan.Pop().Value)
	var err error
	if s.seed, err = strconv.ParseUint(text, 10, 64); err != nil {
		return fmt.Errorf("the seed is a whole number, not %q", text)
	}
	return nil
}

// random returns the order of one round.
func (s *shuffle) random(round int) *rand.Rand { return rand.New(rand.NewPCG(s.seed, uint64(round))) }
