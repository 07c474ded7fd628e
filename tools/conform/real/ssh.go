package real

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"

	"github.com/lahja/go-lahja/lahja/p2p"
	"golang.org/x/crypto/ssh"
)

// sshChannel is the type of the channels.
const sshChannel = "lahja"

// SSH carries connections as channels of SSH connections.
type SSH struct {
	mux
	over p2p.Transport
	key  ssh.Signer
}

// NewSSH makes a transport over another one, and uses its addresses. The processes share a key: it is
// the key of every host, and the only one that may log in.
func NewSSH(over p2p.Transport, key ssh.Signer) *SSH {
	s := &SSH{over: over, key: key}
	s.mux.connect, s.mux.listen = s.connect, s.listen
	return s
}

func (t *SSH) connect(ctx context.Context, address string) (session, error) {
	conn, err := t.over.Dial(ctx, address)
	if err != nil {
		return nil, err
	}
	return shakeHands(ctx, conn, func() (ssh.Conn, <-chan ssh.NewChannel, <-chan *ssh.Request, error) {
		return ssh.NewClientConn(conn, address, &ssh.ClientConfig{
			User:            sshChannel,
			Auth:            []ssh.AuthMethod{ssh.PublicKeys(t.key)},
			HostKeyCallback: ssh.FixedHostKey(t.key.PublicKey()),
		})
	})
}

func (t *SSH) listen(ctx context.Context, address string) (sessionListener, error) {
	l, err := t.over.Listen(ctx, address)
	if err != nil {
		return nil, err
	}
	config := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if !bytes.Equal(key.Marshal(), t.key.PublicKey().Marshal()) {
			return nil, errors.New("it is not the key of this bus")
		}
		return nil, nil
	}}
	config.AddHostKey(t.key)
	return sshListener{l, config}, nil
}

type sshListener struct {
	net.Listener
	config *ssh.ServerConfig
}

func (l sshListener) accept() (func(context.Context) (session, error), error) {
	conn, err := l.Accept()
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (session, error) {
		return shakeHands(ctx, conn, func() (ssh.Conn, <-chan ssh.NewChannel, <-chan *ssh.Request, error) {
			c, channels, requests, err := ssh.NewServerConn(conn, l.config)
			if err != nil {
				return nil, nil, nil, err
			}
			return c, channels, requests, nil
		})
	}, nil
}

// shakeHands turns a connection into a session, or closes it if ctx ends first.
func shakeHands(ctx context.Context, conn net.Conn, shake func() (ssh.Conn, <-chan ssh.NewChannel, <-chan *ssh.Request, error)) (session, error) {
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	c, channels, requests, err := shake()
	if err != nil {
		return nil, errors.Join(context.Cause(ctx), err, ignoreClosed(conn.Close()))
	}
	go ssh.DiscardRequests(requests)
	return &sshSession{Conn: c, channels: channels}, nil
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

type sshSession struct {
	ssh.Conn
	channels <-chan ssh.NewChannel
	refuses  atomic.Bool
}

func (s *sshSession) open() (stream, error) { return asSSH(s.OpenChannel(sshChannel, nil)) }

func (s *sshSession) accept() (stream, error) {
	for offered := range s.channels {
		if s.refuses.Load() || offered.ChannelType() != sshChannel {
			if err := offered.Reject(ssh.Prohibited, "nobody listens"); err != nil {
				return nil, err
			}
			continue
		}
		return asSSH(offered.Accept())
	}
	return nil, errors.Join(io.EOF, s.Wait())
}

func (s *sshSession) refuse()      { s.refuses.Store(true) }
func (s *sshSession) Close() error { return ignoreClosed(s.Conn.Close()) }

func asSSH(c ssh.Channel, requests <-chan *ssh.Request, err error) (stream, error) {
	if err != nil {
		return nil, err
	}
	go ssh.DiscardRequests(requests)
	return sshStream{c}, nil
}

type sshStream struct{ ssh.Channel }

func (s sshStream) abort() { _ = s.Close() } // It may be closed already, or its session may have ended.
