//go:build !unix

package bench

// used is nothing: no process can be measured here, as none can be started.
func used() usage { return usage{} }
