package bridge_test

import (
	"fmt"

	"github.com/lahja/go-lahja/tools/bridge"
	"github.com/lahja/go-lahja/tools/command"
)

// A program of your own has `bridge` among its commands.
func ExampleNewCommand() {
	program := command.Program{Commands: []command.Subcommand{bridge.NewCommand()}}
	_ = func() { program.Main() } // func main()
	fmt.Println(program.Commands[0].Name())
	// Output: bridge
}
