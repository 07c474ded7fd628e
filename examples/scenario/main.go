package main

import "github.com/lahja/go-lahja/tools/command"

func main() { command.Main(suite) }
