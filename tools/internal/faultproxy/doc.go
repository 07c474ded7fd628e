// Package faultproxy stands between the sockets of endpoints, and makes faults there. Bytes pass
// unchanged. There is a listener for each dialling endpoint and each one that it dials, so every
// connection is known by the names of both.
package faultproxy
