package tap_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/inspect"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/unix"
	"github.com/lahja/go-lahja/tools/tap"
)

// With Once, the command prints what an endpoint's Inspect returns, as one JSON object.
func ExampleCommand() {
	dir, err := os.MkdirTemp("", "tap")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	station := lahja.ConnectionConfig{Name: "station", Address: filepath.Join(dir, "station")}
	ep, err := p2p.ServeEndpoint(ctx, station, &p2p.Options{Transport: unix.Transport{}})
	if err != nil {
		panic(err)
	}
	defer ep.Close()

	command := tap.NewCommand()
	command.Address, command.Once, command.Interval = station.Address, true, time.Second
	var out bytes.Buffer
	code := command.Run(ctx, &out, os.Stderr)
	var state inspect.Inspection
	err = json.Unmarshal(out.Bytes(), &state)
	fmt.Println(code, err, state.Name)
	// Output: 0 <nil> station
}
