package subprocess_test

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
)

// Every driver is a process of its own. Several backends are given to the drivers in turn.
func ExampleOn() {
	fmt.Println(subprocess.On(transports.Unix()).Name())
	fmt.Println(subprocess.On(transports.Unix(), transports.UnixUncompressed()).Name())
	// Output:
	// subprocess+unix
	// subprocess+unix,unix-uncompressed
}

// The first driver, the third and so on are goroutines. The others are processes.
func ExampleMixed() {
	e := subprocess.Mixed(transports.TCP())
	fmt.Println(e.IsProcess(0), e.IsProcess(1), e.IsProcess(2))
	// Output: false true false
}

// A child is this program, started again for one driver. Code that must not run there asks.
func ExampleIsChild() {
	if !subprocess.IsChild() {
		fmt.Println("this is the parent")
	}
	// Output: this is the parent
}

// Hosts launch processes on this machine; an engine of your own machines implements Launcher.
func ExampleHosts() {
	var local subprocess.Launcher = subprocess.Hosts{}
	e := subprocess.Engine{Backends: []engine.Backend{transports.TCP()}, Launcher: local}
	machines, err := local.Machines(context.Background())
	fmt.Println(e.Name(), len(machines), err)
	// Output: subprocess+tcp 1 <nil>
}
