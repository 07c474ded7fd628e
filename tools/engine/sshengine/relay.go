package sshengine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/lahja/go-lahja/tools/engine/internal/stdio"
	"github.com/lahja/go-lahja/tools/internal/childproc"
)

// StartRelay implements stdio.Starter.
func (m *machine) StartRelay(ctx context.Context, args []string) (stdio.Session, error) {
	c, err := m.ready(ctx)
	if err != nil {
		return stdio.Session{}, err
	}
	s, err := c.start(args)
	if err != nil {
		return s, fmt.Errorf("sshengine: start the program on machine %s: %w", m.Name, err)
	}
	s.Machine, s.Address = m.Name, c.address
	return s, nil
}

func (c connection) start(args []string) (s stdio.Session, err error) {
	defer time.AfterFunc(loginTime, func() { c.Close() }).Stop()
	session, err := c.NewSession()
	if err != nil {
		return s, err
	}
	printed := &childproc.Tail{To: io.Discard}
	session.Stderr = printed
	s.Abort = func() { c.Close() }
	s.Wait = func() error { return ended(session.Wait(), printed.String()) }
	if s.In, err = session.StdinPipe(); err == nil {
		s.Out, err = session.StdoutPipe()
	}
	command := c.command
	for _, a := range args {
		command += " " + stdio.Quote(a)
	}
	if err == nil {
		err = session.Start(command)
	}
	if err != nil {
		return s, errors.Join(err, session.Close())
	}
	return s, nil
}
