package main

import (
	"github.com/lahja/go-lahja/tools/bench"
	"github.com/lahja/go-lahja/tools/command"
)

// carriers are the systems that this program adds, in the order of the tables.
var carriers = []bench.Carrier{zeromq, overGRPC, overRedis}

func main() {
	bench.Register(carriers...)
	bench.Dispatch()
	command.Program{Commands: []command.Subcommand{bench.NewCommand()}}.Main()
}
