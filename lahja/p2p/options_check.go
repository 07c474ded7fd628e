package p2p

import (
	"fmt"

	"github.com/lahja/go-lahja/internal/option"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
	"github.com/lahja/go-lahja/lahja/internal/dial"
)

// optionRules say what each field of Options may be.
var optionRules = []option.Rule{
	{Field: "Transport", Problem: option.NilPointer},
	{Field: "Logger", Any: "nil is the default, and any other logger will do"},
	{Field: "Observer", Any: "it is a function"},
	{Field: "OnHandlerError", Any: "it is a function"},
	{Field: "MaxPayload", Least: 1, Most: lahja.MaxMaxPayload},
	{Field: "MaxDecoded", Least: 1, Most: lahja.MaxMaxDecoded},
	{Field: "CompressAbove", Least: 1, Negative: "never"},
	{Field: "QueueBytes", Least: 1, Most: lahja.MaxQueueBytes},
	{Field: "SlowPeer", Problem: policyProblem},
	{Field: "SlowPeerOf", Any: "it is a function; what it returns is checked then"},
	{Field: "BlockWait", Least: 1, Negative: "no bound"},
	{Field: "Linger", Least: 1, Negative: "closing at once"},
	{Field: "ListenWait", Least: 1},
	{Field: "ReadyWait", Least: 1},
	{Field: "Reconnect", Problem: dial.Problem},
	{Field: "HandshakeTimeout", Least: 1},
	{Field: "MaxPeers", Least: 1},
	{Field: "MaxMemory", Least: 1 << 20, Negative: "no bound"},
	{Field: "MaxHandshakes", Least: 1},
	{Field: "Random", Problem: option.NilPointer},
	{Field: "NoTap", Any: "true and false both mean something"},
}

// check returns ErrInvalid for the first invalid option.
func (o *Options) check(name string) error {
	return core.InvalidOption(name, option.Check("Options", o, optionRules))
}

func policyProblem(value any) string {
	if p := value.(lahja.SlowPolicy); !p.Valid() {
		return fmt.Sprintf(" is %v; want %s", p, lahja.SlowPolicies)
	}
	return ""
}
