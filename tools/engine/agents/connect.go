package agents

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// Everything travels below two prefixes, which permissions of NATS tell apart (docs/agents.md).
const (
	// toAgents begins what agents are sent: whoever may publish there can give orders.
	toAgents = "lahja-agents."
	// toParents begins what those are sent who gave them.
	toParents = "lahja-runs"
)

// connect connects to NATS. Answers to the inbox, which is a subject, go to this connection. If there
// is a log, what may not be published is only told to it.
func connect(servers, name, inbox string, log *slog.Logger, options ...nats.Option) (*nats.Conn, *refusals, error) {
	r := &refusals{log: log, noticed: make(chan struct{})}
	conn, err := nats.Connect(servers, slices.Concat([]nats.Option{nats.Name(name), nats.CustomInboxPrefix(inbox), nats.MaxReconnects(-1),
		nats.ReconnectWait(100 * time.Millisecond), nats.PingInterval(natsPing), nats.ErrorHandler(r.handle)}, options)...)
	if err != nil {
		return nil, nil, fmt.Errorf("agents: connect to NATS at %s: %w", redacted(servers), err)
	}
	return conn, r, nil
}

// natsPing is how often a silent server is asked whether it is there. When it has not answered twice,
// the client connects again. After a cut network, that is sooner than the kernel tries again.
const natsPing = 5 * time.Second

// redacted are URLs of servers without names, passwords and tokens.
func redacted(urls string) string {
	var all []string
	for text := range strings.SplitSeq(urls, ",") {
		server, err := url.Parse(strings.TrimSpace(text))
		if err != nil {
			all = append(all, "a URL that cannot be read")
			continue
		}
		server.User = nil
		all = append(all, server.String())
	}
	return strings.Join(all, ",")
}

// server is where a connection goes to, for errors.
func server(conn *nats.Conn) string { return redacted(strings.Join(conn.Opts.Servers, ",")) }

// credentials are those in a file: what nsc has made, or the seed of an nkey.
func credentials(file string) (nats.Option, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(string(text), "SU") {
		return nats.NkeyOptionFromSeed(file)
	}
	return nats.UserCredentials(file), nil
}

// refusals notices what the NATS server does not permit. It gives no answer to who wants that, so
// that they would wait for one.
type refusals struct {
	log     *slog.Logger
	once    sync.Once
	noticed chan struct{}
	err     error // once that is closed
}

func (r *refusals) handle(_ *nats.Conn, _ *nats.Subscription, err error) {
	switch {
	case !errors.Is(err, nats.ErrPermissionViolation):
	case r.log != nil && strings.Contains(err.Error(), "Violation for Publish"):
		// Whoever asked chooses where the answer goes, and must not end an agent so.
		r.log.Warn("the NATS server refuses an answer", "error", err)
	default:
		r.once.Do(func() {
			r.err = fmt.Errorf("agents: %w; docs/agents.md says what agents and their users must be permitted", err)
			close(r.noticed)
		})
	}
}

// over is ctx, which also ends when the server refuses something. Call release when it is not needed
// any more.
func (r *refusals) over(ctx context.Context) (_ context.Context, release func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-r.noticed:
			cancel(r.err)
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}

// refused is what the server has refused, nil for nothing.
func (r *refusals) refused() error {
	select {
	case <-r.noticed:
		return r.err
	default:
		return nil
	}
}

// or is an error, or that the server has refused something where it has.
func (r *refusals) or(err error) error {
	if refused := r.refused(); err != nil && refused != nil {
		return refused
	}
	return err
}
