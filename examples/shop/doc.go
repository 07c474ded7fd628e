// Command shop has five scenarios of a small system: orders asks payments to charge, and tells
// a cache what it sold. Start from shop.go: it is all there is.
//
//	go run ./examples/shop run --engine goroutine+memory --engine subprocess+unix
package main
