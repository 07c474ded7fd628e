package natsengine

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync"

	"github.com/lahja/go-lahja/tools/engine"
)

// orders takes what children want done with the servers, at a socket in the run's
// private directory: a line for each, answered by an empty line or an error.
type orders struct {
	path     string
	listener net.Listener
	servers  Servers
	work     sync.WaitGroup
}

func (n *network) takeOrders(site engine.Site) error {
	dir, err := site.Dir()
	if err != nil {
		return err
	}
	o := &orders{path: filepath.Join(dir, "servers"), servers: n.servers}
	if o.listener, err = net.Listen("unix", o.path); err != nil {
		return err
	}
	n.orders = o
	o.work.Go(o.accept)
	return nil
}

// close waits for orders that are being carried out, and unlinks the socket.
func (o *orders) close() {
	o.listener.Close()
	o.work.Wait()
}

func (o *orders) accept() {
	for {
		conn, err := o.listener.Accept()
		if err != nil {
			return // closed
		}
		o.work.Go(func() {
			defer conn.Close()
			order, err := bufio.NewReader(conn).ReadString('\n')
			if err != nil {
				return // a child that was killed
			}
			answer := ""
			if err := o.carryOut(strings.TrimSuffix(order, "\n")); err != nil {
				answer = err.Error()
			}
			// A child that has gone needs none.
			_, _ = fmt.Fprintln(conn, answer)
		})
	}
}

const (
	orderStop    = "stop "
	orderRestart = "restart"
)

func (o *orders) carryOut(order string) error {
	if endpoint, ok := strings.CutPrefix(order, orderStop); ok {
		return o.servers.StopServerOf(context.Background(), endpoint)
	}
	if order == orderRestart {
		return o.servers.RestartServers(context.Background())
	}
	return fmt.Errorf("unknown order %q", order)
}

// remoteServers gives orders to the parent.
type remoteServers struct{ path string }

// StopServerOf implements Servers.
func (r remoteServers) StopServerOf(ctx context.Context, endpoint string) error {
	return r.order(ctx, orderStop+endpoint)
}

// RestartServers implements Servers.
func (r remoteServers) RestartServers(ctx context.Context) error { return r.order(ctx, orderRestart) }

func (r remoteServers) order(ctx context.Context, order string) error {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", r.path)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if _, err := fmt.Fprintln(conn, order); err != nil {
		return err
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return fmt.Errorf("the parent did not say what came of it: %w", errors.Join(err, context.Cause(ctx)))
	}
	if answer = strings.TrimSpace(answer); answer != "" {
		return errors.New(answer)
	}
	return nil
}
