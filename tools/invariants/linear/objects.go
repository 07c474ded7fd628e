package linear

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/lahja/go-lahja/tools/invariants"
)

// Input is an operation on a register or a queue.
type Input struct {
	Op    string `json:"op"`
	Value any    `json:"value,omitempty"`
}

// Read reads a register. Its output is the value.
func Read() Input { return Input{Op: "read"} }

// Write writes a register. Its output is not looked at.
func Write(value any) Input { return Input{Op: "write", Value: value} }

// Put adds a value to the end of a queue. Its output is not looked at.
func Put(value any) Input { return Input{Op: "put", Value: value} }

// Take takes the first value of a queue. Its output is the value, or nil if the queue is empty.
func Take() Input { return Input{Op: "take"} }

// Register is the invariant that what drivers call object is a register: a read gets what was
// written last, at first the initial value. Values are equal if their JSON is.
func Register(object string, initial any) invariants.Invariant {
	first := encoded(initial)
	return Linearizable(object, Model{
		Init: func() any { return first },
		Step: func(state any, op Operation) (bool, any) {
			switch in := decoded(object, op.Input); in.Op {
			case "read":
				return op.Output == nil || string(op.Output) == state, state
			case "write":
				return true, in.value()
			default:
				panic(fmt.Sprintf("linear: %s is no operation of the register %q; use Read and Write", op.Input, object))
			}
		},
		Hash: func(state any) uint64 { return hash(state.(string)) },
	})
}

// Queue is the invariant that what drivers call object is a queue, which is empty at first: each
// value that is put is taken once, in the order of the puts.
func Queue(object string) invariants.Invariant {
	return Linearizable(object, Model{
		Init: func() any { return []string(nil) },
		Step: func(state any, op Operation) (bool, any) {
			queue := state.([]string)
			switch in := decoded(object, op.Input); in.Op {
			case "put":
				return true, append(slices.Clip(queue), in.value())
			case "take":
				return taken(queue, op.Output)
			default:
				panic(fmt.Sprintf("linear: %s is no operation of the queue %q; use Put and Take", op.Input, object))
			}
		},
		Equal: func(a, b any) bool { return slices.Equal(a.([]string), b.([]string)) },
		Hash:  func(state any) uint64 { return hash(state.([]string)...) },
	})
}

func taken(queue []string, output json.RawMessage) (bool, any) {
	switch {
	case len(queue) == 0:
		return output == nil || string(output) == "null", queue
	case output == nil:
		return true, queue[1:]
	}
	return string(output) == queue[0], queue[1:]
}

// rawInput is an Input as it was recorded.
type rawInput struct {
	Op    string          `json:"op"`
	Value json.RawMessage `json:"value"`
}

func decoded(object string, input json.RawMessage) (in rawInput) {
	if err := json.Unmarshal(input, &in); err != nil {
		panic(fmt.Sprintf("linear: %s is no operation on %q: %v", input, object, err))
	}
	return in
}

// value is that of the input; a nil one is left out.
func (in rawInput) value() string {
	if in.Value == nil {
		return "null"
	}
	return string(bytes.TrimSpace(in.Value))
}

func encoded(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("linear: the initial value %v cannot be encoded: %v", v, err))
	}
	return string(data)
}

func hash(all ...string) uint64 {
	h := fnv.New64a()
	for _, s := range all {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	return h.Sum64()
}
