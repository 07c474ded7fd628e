//go:build !(cgo && libzmq)

package main

import (
	"errors"

	"github.com/lahja/go-lahja/tools/bench"
)

var zeromq = bench.Carrier{Name: "zeromq", Missing: func() error {
	return errors.New("this program was built without it; install libzmq with its headers and a C compiler, and build with -tags libzmq")
}}
