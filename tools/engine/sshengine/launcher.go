package sshengine

import (
	"cmp"
	"context"
	"errors"
	"sync"

	"golang.org/x/crypto/ssh"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/internal/stdio"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
)

// Machine is one that drivers run on. Its platform must be that of this program.
type Machine struct {
	// Name is for reports; empty means SSH.
	Name string
	// SSH is where the machine's SSH server listens: "east.example:22".
	SSH string
	// Login says as whom to log in, how, and how to know the machine: HostKeyCallback must be set. It
	// is called before this program connects, and never on a machine, so no machine needs keys.
	Login func() (*ssh.ClientConfig, error)
	// Address is where endpoints on the machine listen, for the other machines; empty means the IP
	// address of SSH.
	Address string
	// Labels are what scenarios choose machines by: "zone=a".
	Labels []string
	// Dir gets a directory for programs; empty means .cache in the user's home.
	Dir string
}

// At is the launcher of processes on these machines. It connects when the first run begins, keeps
// the connections as long as the program lasts, and makes them anew when they break.
func At(machines ...Machine) subprocess.Launcher {
	l := &launcher{}
	for _, m := range machines {
		m.Name = cmp.Or(m.Name, m.SSH)
		l.machines = append(l.machines, &machine{Machine: m})
	}
	return l
}

type launcher struct{ machines []*machine }

// Name implements subprocess.Launcher.
func (l *launcher) Name() string { return "ssh" }

// Has implements subprocess.Launcher: the machines' platform is this one.
func (l *launcher) Has() []engine.Capability { return subprocess.Hosts(nil).Has() }

// Act implements engine.Actor: on a machine, this program starts processes for its parent.
func (l *launcher) Act() { stdio.Act() }

// Machines implements subprocess.Launcher.
func (l *launcher) Machines(ctx context.Context) ([]engine.Machine, error) {
	if len(l.machines) == 0 {
		return nil, errors.New("sshengine: there is no machine to run on; give some to At")
	}
	var all sync.WaitGroup
	failed, machines := make([]error, len(l.machines)), l.describe()
	for i, m := range l.machines {
		all.Go(func() {
			var c connection
			if c, failed[i] = m.ready(ctx); failed[i] == nil {
				machines[i].Address = c.address
			}
		})
	}
	all.Wait()
	return machines, errors.Join(failed...)
}

// describe is what is known of the machines without asking them.
func (l *launcher) describe() (all []engine.Machine) {
	for _, m := range l.machines {
		labels := append([]string{engine.HostLabel(m.Name)}, engine.ThisMachine().Labels...)
		all = append(all, engine.Machine{Name: m.Name, Labels: append(labels, m.Labels...)})
	}
	return all
}

// Place implements subprocess.Launcher.
func (l *launcher) Place(_ context.Context, run subprocess.Placing) (subprocess.Placement, error) {
	at, err := run.Assign(l.describe())
	if err != nil {
		return nil, err
	}
	return stdio.Place(at, l.machines), nil
}
