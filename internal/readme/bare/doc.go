// Package bare is a snippet of the README: a transport of one's own.
package bare
