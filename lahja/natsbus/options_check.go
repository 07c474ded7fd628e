package natsbus

import (
	"fmt"
	"strings"
	"time"

	"github.com/lahja/go-lahja/internal/option"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
	"github.com/lahja/go-lahja/lahja/internal/dial"
)

const (
	// MaxPending is 16,777,216, the maximum of Options.Pending. The queue takes 8 bytes for
	// each message, even if it is empty.
	MaxPending = 16 << 20
	// MaxBus is the most bytes of Options.Bus. In each subject a name or a type follows it.
	MaxBus = 255
	// leastHeartbeat keeps an endpoint from being busy with heartbeats alone.
	leastHeartbeat = time.Millisecond
	// heartbeatsOfLiveness: after two silent heartbeats a peer is probed, and has one more
	// to answer.
	heartbeatsOfLiveness = 3
)

// optionRules say what each field of Options may be.
var optionRules = []option.Rule{
	{Field: "URL", Any: "the client takes it apart when it connects"},
	{Field: "NATS", Any: "the client looks at them when it connects"},
	{Field: "Bus", Problem: busProblem},
	{Field: "Logger", Any: "nil is the default, and any other logger will do"},
	{Field: "Observer", Any: "it is a function"},
	{Field: "OnGap", Any: "it is a function"},
	{Field: "OnHandlerError", Any: "it is a function"},
	{Field: "MaxPayload", Least: 1, Most: lahja.MaxMaxPayload},
	{Field: "MaxDecoded", Least: 1, Most: lahja.MaxMaxDecoded},
	{Field: "CompressAbove", Least: 1, Negative: "never"},
	{Field: "QueueBytes", Least: 1, Most: lahja.MaxQueueBytes},
	{Field: "BlockWait", Least: 1, Negative: "no bound"},
	{Field: "Pending", Least: 1, Most: MaxPending},
	{Field: "Linger", Least: 1, Negative: "closing at once"},
	{Field: "ListenWait", Least: 1},
	{Field: "ReadyWait", Least: 1},
	{Field: "HandshakeTimeout", Least: 1},
	{Field: "Reconnect", Problem: dial.Problem},
	{Field: "Heartbeat", Least: int64(leastHeartbeat)},
	{Field: "Liveness", Least: heartbeatsOfLiveness * int64(leastHeartbeat)},
}

// check returns ErrInvalid for the first invalid option. The options already have their
// defaults.
func (o *Options) check(name string) error {
	problem := option.Check("natsbus.Options", o, optionRules)
	if least := heartbeatsOfLiveness * o.Heartbeat; problem == "" && (o.Liveness < least || least/heartbeatsOfLiveness != o.Heartbeat) {
		problem = fmt.Sprintf("natsbus.Options.Liveness is %v and Heartbeat %v; want Liveness to be %d times Heartbeat or more (the defaults are %v and %v)",
			o.Liveness, o.Heartbeat, heartbeatsOfLiveness, DefaultLiveness, DefaultHeartbeat)
	}
	return core.InvalidOption(name, problem)
}

// busProblem returns what is wrong with the first part of subjects, or "". A wildcard would
// receive from other buses, and the server reserves what begins with $.
func busProblem(value any) string {
	bus := value.(string)
	want := ""
	switch {
	case len(bus) > MaxBus:
		return fmt.Sprintf(" has %d bytes; want %d or less", len(bus), MaxBus)
	case strings.HasPrefix(bus, "$"):
		want = "another beginning, because the server reserves what begins with $"
	case strings.ContainsFunc(bus, func(r rune) bool { return r <= ' ' || r > '~' || r == '*' || r == '>' }):
		want = "printable ASCII without spaces, * and >"
	}
	for token := range strings.SplitSeq(bus, ".") {
		if token == "" {
			want = "tokens with one dot between them, none of them empty"
		}
	}
	if want == "" {
		return ""
	}
	return fmt.Sprintf(" is %q; want %s", bus, want)
}
