package natstest

import (
	"fmt"
	"net/url"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// StartCluster starts n servers that route to each other. Clients of one reach clients of
// another, and move on when their server ends. If n is 0, it starts none.
func StartCluster(n int) ([]*Server, error) {
	if n < 0 {
		return nil, fmt.Errorf("natstest: a cluster of %d servers; want 0, which is none, or more", n)
	}
	var all []*Server
	stop := func() {
		for _, s := range all {
			s.Close()
		}
	}
	var seed []*url.URL
	for i := range n {
		s, err := Start(&server.Options{
			ServerName: fmt.Sprintf("server-%d", i),
			Cluster:    server.ClusterOpts{Name: "natstest", Host: "127.0.0.1", Port: server.RANDOM_PORT},
			Routes:     seed,
		})
		if err != nil {
			stop()
			return nil, err
		}
		all = append(all, s)
		if i == 0 {
			address := s.server.ClusterAddr()
			s.options.Cluster.Port = address.Port
			seed = []*url.URL{{Scheme: "nats", Host: address.String()}}
		}
	}
	for end := time.Now().Add(readyWait); !routed(all); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			stop()
			return nil, fmt.Errorf("natstest: %d servers do not all reach each other", n)
		}
	}
	return all, nil
}

// routed reports whether every server has a route to every other.
func routed(all []*Server) bool {
	for _, s := range all {
		routes, err := s.server.Routez(nil)
		if err != nil {
			return false
		}
		remotes := map[string]bool{}
		for _, r := range routes.Routes {
			remotes[r.RemoteID] = true
		}
		if len(remotes) < len(all)-1 {
			return false
		}
	}
	return true
}
