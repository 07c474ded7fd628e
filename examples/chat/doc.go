// Command chat is two processes that talk to each other over a Unix socket. Each both
// subscribes and streams, in chat.go.
//
//	go run ./examples/chat
//
// starts the second process itself and prints
//
//	bob: (alice is typing)
//	bob: alice says: Hello, Bob!
//	alice: (bob is typing)
//	alice: bob says: Hello, Alice! How are you?
//	bob: (alice is typing)
//	bob: alice says: Fine. Bye!
//	alice: (bob is typing)
//	alice: bob says: Bye!
//
// In two terminals, with a directory for the socket:
//
//	go run ./examples/chat serve /tmp
//	go run ./examples/chat join /tmp
package main
