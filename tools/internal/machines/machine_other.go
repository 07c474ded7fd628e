//go:build !linux

package machines

import (
	"errors"
	"net"
	"os/exec"
)

var errLinux = errors.New("it takes Linux")

func available() error                   { return errLinux }
func startFirst(*exec.Cmd, string) error { return errLinux }
func furnish(string, int) error          { return errLinux }
func (m *Machine) start(*exec.Cmd) error { return errLinux }
func reap()                              {}
func ordinaryUser(*exec.Cmd)             {}

// Dial implements nats.CustomDialer: it connects this process as one of the machine's would be.
func (m *Machine) Dial(network, address string) (net.Conn, error) { return nil, errLinux }

// Processes lists what runs on the machine, but for its first process.
func (m *Machine) Processes() ([]Process, error) { return nil, errLinux }
