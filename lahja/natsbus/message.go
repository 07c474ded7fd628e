package natsbus

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
)

// version is the protocol's. Endpoints of different versions do not hear each
// other.
const version = 1

// headerSize is magic and version (3), kind (1), instance (8), sequence (8).
const headerSize = 20

// sequenceAt is where the sequence number stands: it is filled in when the
// message's turn comes.
const sequenceAt = 12

// kind says what a message is.
type kind byte

const (
	kindEvent         kind = iota + 1 // a wire.Event frame follows
	kindHello                         // to a listener: may I connect?
	kindWelcome                       // to the dialler: yes, this is what I subscribe to
	kindReady                         // to the other one: I know what you subscribe to
	kindRefuse                        // to the dialler: no; to a peer: no longer
	kindSubscriptions                 // the whole set
	kindAcknowledged                  // the set of that number is known
	kindSync                          // answer when what came before is handled
	kindSynced                        // it is
	kindBeat                          // I live
	kindResume                        // I may have missed something: tell me how far you are
	kindMarks                         // this far
	kindPing                          // do you live?
	kindPong                          // I do
	kindGoodbye                       // I leave
	kindFarewell                      // to a peer that leaves: nothing more will come
	kindGroupEvent                    // choices, and then as kindEvent
	kindDescribed                     // these are my versions of event types
	kindWho                           // who serves on this bus?
	kindServing                       // I do, or do so no more
	kindEarlier                       // that many events I have sent to you alone, over connections that have ended
)

// mostReason is the most bytes of a reason, enough for the longest error text.
const mostReason = 8 << 10

// control is the body of every message except an event.
type control struct {
	Codec string `cbor:"1,keyasint,omitempty"`
	Name  string `cbor:"2,keyasint,omitempty"`
	// Replace asks for a new connection in place of one that the dialler does not
	// know of any more.
	Replace bool `cbor:"3,keyasint,omitempty"`
	// Number is that of the set in Types, of a sync, or of a ping.
	Number uint64                    `cbor:"4,keyasint,omitempty"`
	Types  map[string]lahja.Interest `cbor:"5,keyasint,omitempty"`
	// Acknowledged is the number of the receiver's set that the sender knows, and
	// Marks the sequence number of the last event of each of its types.
	Acknowledged uint64            `cbor:"6,keyasint,omitempty"`
	Marks        map[string]uint64 `cbor:"7,keyasint,omitempty"`
	Code         wire.RefuseCode   `cbor:"8,keyasint,omitempty"`
	Reason       string            `cbor:"9,keyasint,omitempty"`
	// Final says that the sender waits for no farewell.
	Final bool `cbor:"10,keyasint,omitempty"`
	// Layouts are encoded layouts of event types, by type.
	Layouts map[string][]byte `cbor:"11,keyasint,omitempty"`
	// Token is a random number of a hello's. A welcome or a refusal that does not bear it
	// comes from a client that has not seen the hello.
	Token uint64 `cbor:"12,keyasint,omitempty"`
}

// set returns the types, never nil.
func (c control) set() map[string]lahja.Interest {
	if c.Types == nil {
		return map[string]lahja.Interest{}
	}
	return c.Types
}

// message is a received message, parsed as far as its header.
type message struct {
	kind     kind
	instance uint64
	sequence uint64
	body     []byte
}

var errMalformed = errors.New("natsbus: malformed")

// appendHeader begins a message. Its sequence number is filled in later. It stays 0 if the
// message is not counted.
func appendHeader(dst []byte, k kind, instance uint64) []byte {
	dst = append(dst, 'L', 'J', version, byte(k))
	dst = binary.BigEndian.AppendUint64(dst, instance)
	return binary.BigEndian.AppendUint64(dst, 0)
}

func number(data []byte, sequence uint64) {
	binary.BigEndian.PutUint64(data[sequenceAt:], sequence)
}

func parseMessage(data []byte) (message, error) {
	if len(data) < headerSize || data[0] != 'L' || data[1] != 'J' || data[2] != version {
		return message{}, fmt.Errorf("%w: no message of version %d", errMalformed, version)
	}
	m := message{kind: kind(data[3]), instance: binary.BigEndian.Uint64(data[4:]),
		sequence: binary.BigEndian.Uint64(data[sequenceAt:]), body: data[headerSize:]}
	if m.kind < kindEvent || m.kind > kindEarlier || m.instance == 0 {
		return message{}, fmt.Errorf("%w: kind %d of instance %d", errMalformed, m.kind, m.instance)
	}
	return m, nil
}

// These bound what any client of the server can make an endpoint allocate. A list of choices
// has one for each receiver.
var (
	controlDecoding = decoding(wire.MaxGroups)
	choiceDecoding  = decoding(maxChoices)
)

// maxChoices is the most receivers of one event that are chosen as members of queue groups.
const maxChoices = 10_000

func decoding(elements int) cbor.DecMode {
	mode, err := cbor.DecOptions{MaxMapPairs: wire.MaxTypes, MaxArrayElements: elements, MaxNestedLevels: 4, DupMapKey: cbor.DupMapKeyEnforcedAPF}.DecMode()
	if err != nil {
		panic(err) // the options are constants
	}
	return mode
}

func appendControl(dst []byte, c control) []byte { return append(dst, encoded(c)...) }

func encoded(body any) []byte {
	data, err := cbor.Marshal(body)
	if err != nil {
		panic(err) // maps and lists of numbers and texts always encode
	}
	return data
}

func parseControl(body []byte) (control, error) {
	var c control
	if err := controlDecoding.Unmarshal(body, &c); err != nil {
		return control{}, fmt.Errorf("%w: %w", errMalformed, err)
	}
	for name, layout := range c.Layouts {
		if err := checkType(name); err != nil {
			return control{}, err
		}
		if len(layout) > wire.MaxLayout {
			return control{}, fmt.Errorf("%w: an event type's layout of %d bytes", errMalformed, len(layout))
		}
	}
	if len(c.Name) > wire.MaxName || len(c.Codec) > wire.MaxName || len(c.Reason) > mostReason {
		return control{}, fmt.Errorf("%w: a name of %d bytes, a codec's of %d, or a reason of %d", errMalformed, len(c.Name), len(c.Codec), len(c.Reason))
	}
	for name, interest := range c.Types {
		if err := checkType(name); err != nil {
			return control{}, err
		}
		if err := checkGroups(interest.Groups); err != nil {
			return control{}, err
		}
	}
	return c, nil
}

func checkType(name string) error {
	if name == "" || len(name) > wire.MaxTypeName {
		return fmt.Errorf("%w: an event type's name of %d bytes", errMalformed, len(name))
	}
	return nil
}

// checkGroups checks the limits for the groups of one endpoint and type.
func checkGroups(groups []string) error {
	size := 0
	for _, group := range groups {
		if err := lahja.ValidateName(group); err != nil {
			return fmt.Errorf("%w: a queue group: %w", errMalformed, err)
		}
		size += len(group)
	}
	if len(groups) > wire.MaxTypeGroups || size > wire.MaxTypeGroupBytes {
		return fmt.Errorf("%w: %d groups for one type with names of %d bytes; the most is %d and %d", errMalformed,
			len(groups), size, wire.MaxTypeGroups, wire.MaxTypeGroupBytes)
	}
	return nil
}

// choice says for which queue groups an endpoint receives an event.
type choice struct {
	Instance uint64   `cbor:"1,keyasint"`
	Groups   []string `cbor:"2,keyasint"`
}

// parseGroupEvent returns an event with the groups for which an instance was chosen, and its frame,
// which does not have them.
func parseGroupEvent(body []byte, instance uint64, maxPayload int) (event wire.EventMsg, frame []byte, err error) {
	var choices []choice
	frame, err = choiceDecoding.UnmarshalFirst(body, &choices)
	if err != nil {
		return wire.EventMsg{}, nil, fmt.Errorf("%w: an event's choices: %w", errMalformed, err)
	}
	event, err = parseEvent(frame, maxPayload)
	for _, c := range choices {
		if c.Instance == instance {
			if err := checkGroups(c.Groups); err != nil {
				return wire.EventMsg{}, nil, err
			}
			event.Groups = c.Groups
		}
	}
	return event, frame, err
}

// parseEvent returns the event behind the header.
func parseEvent(body []byte, maxPayload int) (wire.EventMsg, error) {
	const head = 5 // a frame's length and kind
	if len(body) < head || wire.Kind(body[4]) != wire.Event || int64(binary.BigEndian.Uint32(body)) != int64(len(body)-4) {
		return wire.EventMsg{}, fmt.Errorf("%w: an event's frame", errMalformed)
	}
	return wire.ParseEvent(body[head:], maxPayload)
}
