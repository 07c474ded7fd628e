package bridge

import (
	"errors"
	"fmt"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
)

// refusal is an error with the code that goes over a socket.
type refusal struct {
	code   wire.RefuseCode
	reason string
}

func (r *refusal) Error() string { return r.reason }

func refused(code wire.RefuseCode, format string, args ...any) error {
	return &refusal{code, fmt.Sprintf(format, args...)}
}

// refusalOf returns the frame that tells an endpoint on a socket why its connection ends, or is not
// made. What may soon be otherwise has a code that says so.
func refusalOf(reason error) wire.RefuseMsg {
	if r, ok := errors.AsType[*refusal](reason); ok {
		return wire.RefuseMsg{Code: r.code, Reason: r.reason}
	}
	code := wire.RefuseClosing
	if errors.Is(reason, lahja.ErrConnectionAttemptRejected) || errors.Is(reason, lahja.ErrInvalid) {
		code = wire.RefuseName
	}
	return wire.RefuseMsg{Code: code, Reason: reason.Error()}
}

// passes reports whether a refusal passes by itself.
func passes(code wire.RefuseCode) bool {
	return code == wire.RefuseClosing || code == wire.RefuseRedundant || code == wire.RefuseConnected
}
