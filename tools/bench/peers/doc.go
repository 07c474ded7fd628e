// Command peers is `lahja bench` with other message systems beside the bus: ZeroMQ, gRPC and
// Redis. docs/benchmarks.md shows how to run it. Each system is one file. They are a module of
// their own, so that programs that use the bus do not link their libraries.
package main
