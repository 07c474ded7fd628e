// Package tcptest makes certificates for tests of TLS on this machine.
package tcptest
