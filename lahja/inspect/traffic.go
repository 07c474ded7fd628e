package inspect

// Traffic counts events and their bytes.
type Traffic struct {
	Events uint64 `json:"events"`
	Bytes  uint64 `json:"bytes"`
}

// Add adds other.
func (t *Traffic) Add(other Traffic) {
	t.Events += other.Events
	t.Bytes += other.Bytes
}
