// Package relay has a driver's process run on one machine, and its parent on another. It has the
// half on either side: Hosted is the process where it runs, and Process is what the parent has of
// it. A Carrier takes messages from one to the other: package agents has one over NATS, and
// package sshengine one over SSH. What a process is sent and what it says must arrive whole and in
// order, or the carrier fails.
package relay
