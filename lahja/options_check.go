package lahja

import (
	"fmt"

	"github.com/lahja/go-lahja/internal/option"
)

const (
	// MaxMaxPayload is 1 GiB, the maximum of Options.MaxPayload. A frame holds less than 4
	// GiB, and the compressor accepts less than that.
	MaxMaxPayload = 1 << 30
	// MaxMaxDecoded is 1 TiB (1 GiB where int has 32 bits), the maximum of
	// Options.MaxDecoded.
	MaxMaxDecoded = MaxQueueBytes
	// MaxQueueBytes is 1 TiB (1 GiB where int has 32 bits), the maximum of
	// Options.QueueBytes and SubscribeConfig.QueueBytes. No memory holds more, and sums of
	// several still fit an int.
	MaxQueueBytes = 1 << (30 + 10*(^uint(0)>>63))
)

// optionRules say what each field of Options may be.
var optionRules = []option.Rule{
	{Field: "Transport", Problem: option.NilPointer},
	{Field: "Logger", Any: "nil is the default, and any other logger will do"},
	{Field: "Observer", Any: "it is a function"},
	{Field: "OnHandlerError", Any: "it is a function"},
	{Field: "MaxPayload", Least: 1, Most: MaxMaxPayload},
	{Field: "MaxDecoded", Least: 1, Most: MaxMaxDecoded},
	{Field: "CompressAbove", Least: 1, Negative: "never"},
	{Field: "QueueBytes", Least: 1, Most: MaxQueueBytes},
	{Field: "SlowPeer", Problem: policyProblem},
	{Field: "SlowPeerOf", Any: "it is a function; what it returns is checked then"},
	{Field: "BlockWait", Least: 1, Negative: "no bound"},
	{Field: "Linger", Least: 1, Negative: "closing at once"},
	{Field: "ListenWait", Least: 1},
	{Field: "ReadyWait", Least: 1},
	{Field: "Reconnect", Problem: backoffProblem},
	{Field: "HandshakeTimeout", Least: 1},
	{Field: "MaxPeers", Least: 1},
	{Field: "MaxMemory", Least: 1 << 20, Negative: "no bound"},
	{Field: "MaxHandshakes", Least: 1},
	{Field: "NoTap", Any: "true and false both mean something"},
}

// check returns ErrInvalid for the first invalid option.
func (o *Options) check(name string) error {
	return invalidOption(name, option.Check("Options", o, optionRules))
}

func invalidOption(name, problem string) error {
	if problem == "" {
		return nil
	}
	return &Error{Op: "new", Endpoint: name, Kind: ErrInvalid, Detail: problem}
}

func policyProblem(value any) string {
	if p := value.(SlowPolicy); !p.valid() {
		return fmt.Sprintf(" is %v; want Block, DropNewest, DropOldest or Disconnect", p)
	}
	return ""
}

func backoffProblem(value any) string {
	if _, problem := value.(*Backoff).completed(); problem != "" {
		return "." + problem
	}
	return ""
}
