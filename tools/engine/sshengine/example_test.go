package sshengine_test

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/sshengine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
)

// An engine whose drivers run on two machines, to which one logs in as with the command ssh.
func ExampleAt() {
	login := func() (*ssh.ClientConfig, error) {
		directory := filepath.Join(os.Getenv("HOME"), ".ssh")
		secret, err := os.ReadFile(filepath.Join(directory, "id_ed25519"))
		if err != nil {
			return nil, err
		}
		key, err := ssh.ParsePrivateKey(secret)
		if err != nil {
			return nil, err
		}
		known, err := knownhosts.New(filepath.Join(directory, "known_hosts"))
		if err != nil {
			return nil, err
		}
		return &ssh.ClientConfig{User: "runner", Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: known}, nil
	}
	e := subprocess.Engine{
		Backends: []engine.Backend{transports.TLS()},
		Launcher: sshengine.At(
			sshengine.Machine{Name: "east", SSH: "east.example:22", Login: login},
			sshengine.Machine{Name: "west", SSH: "west.example:22", Login: login}),
	}
	fmt.Println(e.Name())
	// Output: ssh+tls
}
