//go:build netbsd || openbsd || dragonfly

package unix

// Golang.org/x/sys has no call for what these kernels would tell.
var credentialsOf func(fd int) (credentials, error)
