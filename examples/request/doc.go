// Command request is the request API between two endpoints: a request that
// nobody answers, and one that is answered with a value of its type.
//
//	go run ./examples/request
//
// prints
//
//	nobody answers yet
//	library: Emma was written by Jane Austen
//	library: nobody knows who wrote Beowulf
//
// The endpoints are in one process here. Between processes the same code runs
// over Unix sockets: leave the options nil, and get the config from
// lahja.ConfigFromName.
package main
