//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package unix

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"runtime"
)

// Transport is there so that programs build; it does not work on this system.
type Transport struct {
	CheckPeer func(uid, gid, pid int) error
	Logger    *slog.Logger
}

var errUnsupported = fmt.Errorf("unix: %w: %w on %s; use another transport", fs.ErrInvalid, errors.ErrUnsupported, runtime.GOOS)

// Dial fails.
func (Transport) Dial(context.Context, string) (net.Conn, error) { return nil, errUnsupported }

// Listen fails.
func (Transport) Listen(context.Context, string) (net.Listener, error) { return nil, errUnsupported }
