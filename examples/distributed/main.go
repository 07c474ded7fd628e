package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/lahja/go-lahja/lahja/natsbus/natstest"
	"github.com/lahja/go-lahja/lahja/transport/tcp/tcptest"
)

const usage = `usage: distributed certificates DIR HOST...
       distributed server CONFIG
       distributed serve tls ADDRESS DIR | join tls ADDRESS DIR
       distributed serve nats URL | join nats URL`

var errUsage = errors.New(usage)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch err := run(ctx, os.Args[1:]); {
	case errors.Is(err, errUsage) && len(os.Args) == 1:
		fmt.Println(usage)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) > 2 && args[0] == "certificates":
		return writeCertificates(args[1], args[2:])
	case len(args) == 2 && args[0] == "server":
		return runServer(ctx, args[1])
	case len(args) < 3:
		return errUsage
	}
	n, err := networkOf(args[1:])
	switch {
	case err != nil:
		return err
	case args[0] == "serve":
		return serve(ctx, n)
	case args[0] == "join":
		return join(ctx, n)
	}
	return errUsage
}

func networkOf(args []string) (*network, error) {
	switch {
	case args[0] == "tls" && len(args) == 3:
		return overTLS(args[1], args[2]), nil
	case args[0] == "nats" && len(args) == 2:
		return overNATS(args[1]), nil
	}
	return nil, errUsage
}

// writeCertificates makes a certificate for each endpoint, valid on all the hosts for a day. A company
// would use its own authority, and keep that key off the hosts.
func writeCertificates(dir string, hosts []string) error {
	authority, err := tcptest.NewAuthority()
	if err != nil {
		return err
	}
	files := map[string][]byte{"authority.pem": authority.Certificate}
	for _, endpoint := range []string{"library", "reader"} {
		identity, err := authority.Issue(append([]string{endpoint}, hosts...)...)
		if err != nil {
			return err
		}
		files[endpoint+".pem"], files[endpoint+".key"] = identity.Certificate, identity.Key
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// runServer is `nats-server -c CONFIG`, in case you have not installed it.
func runServer(ctx context.Context, config string) error {
	options, err := server.ProcessConfigFile(config)
	if err != nil {
		return err
	}
	s, err := natstest.Start(options)
	if err != nil {
		return err
	}
	defer s.Close()
	fmt.Println("serving")
	<-ctx.Done()
	return nil
}
