// Package readme keeps the README true: what it shows is compiled and run here.
package readme
