// Package payload turns Go values into bytes and back, and compares versions of a type. It knows
// nothing of endpoints, connections or frames: a value and bytes are enough to test it.
//
//	tick, err := payload.Of(reflect.TypeFor[Tick]())
//	data, err := tick.Append(nil, Tick{N: 1})
//	err = tick.Admit(data, 128<<20)
//	value, err := tick.Decode(data) // a *Tick
//
// Type is the way in. Of looks a type over once (coding, field, shape, traits), and refuses a
// type of which some part would be lost. The rest of the package is one file for each step:
//
//   - encode: what a value must not hold (inspection), and its encoding;
//   - decode: how much memory data may take (cost, meter), and its decoding;
//   - fast: ways past the general codec for flat structs (plain) and for types with a binary form
//     (binary), on the few items of CBOR that these need (cbor);
//   - version: what a peer has described of its types, compared with the types here. Package
//     layout has the layouts and the comparison.
//
// # The general codec and the fast ones
//
// CBOR comes from fxamacker/cbor, which handles every type. Most events are flat structs or
// have MarshalBinary, and for these its use of reflection is a large part of what an event costs. The
// fast codecs write the same bytes with one switch per field. Without them the bus
// reaches 0.62 to 0.88 of its rate, depending on the case. That was measured with `lahja bench`:
// two binaries, with and without the fast codecs, in turn on a quiet machine.
//
// A fast codec gives up on whatever it would not have written itself, and the general
// codec then starts over. So the two accept the same bytes. Fuzz tests compare them.
//
// # Memory
//
// One byte can make the decoder allocate a large struct. Admit bounds that before anything is
// allocated. Most types have a known bound per byte, so most data passes by one multiplication.
package payload
