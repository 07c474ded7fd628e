// Package suite is a snippet of the README: a Ginkgo suite.
package suite
