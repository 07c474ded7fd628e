package virtual_test

import (
	"testing"

	"github.com/lahja/go-lahja/tools/internal/faultcases"
)

// TestFaults makes each fault of the network.
func TestFaults(t *testing.T) { inAllOrders(t, faultcases.Faults) }
