package sshengine

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/lahja/go-lahja/tools/engine/internal/stdio"
	"github.com/lahja/go-lahja/tools/internal/lasting"
)

const (
	// loginTime bounds one attempt to connect and log in.
	loginTime = 10 * time.Second
	// answerTime is how long a machine may take to say that it is still there.
	answerTime = 3 * time.Second
)

// machine is a Machine with the connection to it.
type machine struct {
	Machine

	connecting sync.Mutex
	last       connection
}

// connection leads to a machine that has this program.
type connection struct {
	*ssh.Client
	address string // of endpoints there
	command string // starts a relay
}

// ready returns the connection to the machine.
func (m *machine) ready(ctx context.Context) (connection, error) {
	m.connecting.Lock()
	defer m.connecting.Unlock()
	if m.last.lives() {
		return m.last, nil
	}
	client, err := m.connect(ctx)
	if err != nil {
		return connection{}, fmt.Errorf("sshengine: connect to machine %s at %s: %w", m.Name, m.SSH, err)
	}
	c := connection{Client: client}
	if c.command, err = stdio.Equip(ctx, c.shell, m.Dir); err != nil {
		return c, fmt.Errorf("sshengine: machine %s: %w", m.Name, errors.Join(err, context.Cause(ctx), client.Close()))
	}
	host, _, _ := net.SplitHostPort(client.RemoteAddr().String()) // It is an address of TCP.
	c.address, m.last = cmp.Or(m.Address, host), c
	return c, nil
}

func (m *machine) connect(ctx context.Context) (*ssh.Client, error) {
	config, err := m.Login()
	if err != nil {
		return nil, err
	}
	if config.HostKeyCallback == nil {
		return nil, errors.New("nothing says how to know the machine: set HostKeyCallback, to knownhosts.New's or ssh.FixedHostKey")
	}
	conn, err := lasting.Dialer{Dialer: net.Dialer{Timeout: loginTime}}.Dial("tcp", m.SSH)
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	defer time.AfterFunc(loginTime, func() { conn.Close() }).Stop()
	c, channels, requests, err := ssh.NewClientConn(conn, m.SSH, config)
	if err != nil {
		return nil, errors.Join(err, context.Cause(ctx))
	}
	return ssh.NewClient(c, channels, requests), nil
}

// lives reports whether the machine answers. If it does not, the connection is closed.
func (c connection) lives() bool {
	if c.Client == nil {
		return false
	}
	defer time.AfterFunc(answerTime, func() { c.Close() }).Stop()
	_, _, err := c.SendRequest("keepalive@openssh.com", true, nil)
	return err == nil
}

// shell is a stdio.Shell.
func (c connection) shell(ctx context.Context, command string, in io.Reader) (string, error) {
	defer context.AfterFunc(ctx, func() { c.Close() })()
	s, err := c.NewSession()
	if err != nil {
		return "", err
	}
	defer s.Close()
	var printed bytes.Buffer
	s.Stdin, s.Stderr = in, &printed
	out, err := s.Output(command)
	return string(out), ended(err, printed.String())
}

// ended is how a command ended, with what it has printed.
func ended(err error, printed string) error {
	if _, cut := errors.AsType[*ssh.ExitMissingError](err); cut {
		return errors.New("the machine or its SSH server was stopped, or the network was cut")
	}
	if printed = strings.TrimSpace(printed); err != nil && printed != "" {
		return fmt.Errorf("%w: %s", err, printed)
	}
	return err
}
