module github.com/lahja/go-lahja/tools/conform/real

go 1.26.0

require (
	github.com/coder/websocket v1.8.15 // WebSockets as net.Conn; the maintained successor of nhooyr.io/websocket
	github.com/hashicorp/yamux v0.1.2 // sessions over any stream; what Consul, Nomad and Vault use
	github.com/lahja/go-lahja v0.0.0
	github.com/quic-go/quic-go v0.65.0 // QUIC in Go alone; what Caddy and libp2p use
	golang.org/x/crypto v0.59.0 // SSH by the Go team
)

require (
	github.com/agnivade/levenshtein v1.2.2 // indirect
	github.com/fxamacker/cbor/v2 v2.10.0 // indirect
	github.com/golang/snappy v1.0.0 // indirect
	github.com/google/go-cmp v0.7.0 // indirect
	github.com/onsi/gomega v1.44.0 // indirect
	github.com/x448/float16 v0.8.4 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/sys v0.50.0 // indirect
	golang.org/x/text v0.44.0 // indirect
)

replace github.com/lahja/go-lahja => ../../..
