// Package payload turns Go values into bytes and back, and compares versions of a type. It knows
// nothing of endpoints, connections or frames: a value and bytes are enough to test it.
//
//	tick, err := payload.Of(reflect.TypeFor[Tick]())
//	data, err := tick.Append(nil, Tick{N: 1})
//	err = tick.Admit(data, 128<<20)
//	value, err := tick.Decode(data) // a *Tick
//
// Type is the way in. Of looks a type over once (coding, field, tag, shape, traits), and refuses it if
// part of a value would be lost. Each further step has a file:
//
//   - encode encodes a value, after inspection has looked for parts that no receiver would accept;
//   - cost and meter bound the memory that data takes before decode decodes it;
//   - fast finds a way past the general codec for flat structs (plain) and for types with a binary
//     form (binary), and cbor has the items of CBOR that these need;
//   - version compares what a peer has described of its types with the types here. Package layout
//     has the layouts and the comparison.
//
// # The general codec and the fast ones
//
// The general codec is fxamacker/cbor, which handles every type. Most events are flat structs or have
// MarshalBinary. For these, its use of reflection is a large part of what an event costs, and the
// fast codecs write the same bytes with one switch per field. Without them the bus reaches 0.62 to
// 0.88 of its rate, depending on the case. That was measured with `lahja bench` on a quiet machine,
// with two binaries in turn.
//
// A fast codec gives up on data that it would not have written itself, and the general codec starts
// over. So both accept the same data, and fuzz tests compare them.
//
// A second codec would need its own Append, Decode, DecodeNext, WellFormed and Admit here, and its
// own refusals in Of. Elsewhere a sender would encode once for each codec, a connection would
// remember its own, and hellos would agree on it (docs/internals.md lists the packages).
//
// # Memory
//
// One byte can make the decoder allocate a large struct, so Admit comes before Decode. It knows for
// each type the most that a byte can cost. Usually one multiplication shows that data is
// below the limit, and only otherwise does it look at each value.
package payload
