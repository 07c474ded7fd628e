package memory

import (
	"fmt"

	"github.com/lahja/go-lahja/internal/show"
)

// String returns "memory network". You may print a network while it is used.
func (n *Network) String() string { return "memory network" }

// Format implements fmt.Formatter.
func (n *Network) Format(f fmt.State, verb rune) { show.Format(f, verb, n, n.String()) }

// GomegaString is what a failed Gomega assertion prints.
func (n *Network) GomegaString() string { return n.String() }
