// Command request shows requests between two endpoints: one that nobody answers, and
// one that gets a typed answer.
//
//	go run ./examples/request
//
// prints
//
//	nobody answers yet
//	library: Emma was written by Jane Austen
//	library: nobody knows who wrote Beowulf
//
// Here, the endpoints are in one process. Between processes, the same code runs over
// Unix sockets: leave the options nil, and get the config from lahja.ConfigFromName.
package main
