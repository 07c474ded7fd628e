package main

import (
	"github.com/lahja/go-lahja/tools/command"
	"github.com/lahja/go-lahja/tools/conform"
	"github.com/lahja/go-lahja/tools/engine"
)

var suite = conform.Suite{Backends: []engine.Backend{backend{}}}

func main() { command.Main(suite.Runner()) }
