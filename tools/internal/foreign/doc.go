// Package foreign tests that anybody can write an engine whose drivers are processes. Its
// tests hold such an engine, written from public packages alone, and run scenarios and the
// conformance kit on it.
package foreign
