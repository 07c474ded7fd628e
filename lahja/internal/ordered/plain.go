//go:build !lockorder

package ordered

import "sync"

// Mutex is a sync.Mutex with a place in the order.
type Mutex[R Rank] = sync.Mutex

// Checked reports whether the order is checked.
const Checked = false
