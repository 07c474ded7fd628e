// Package recording keeps what happened in a run of a scenario: what each driver did, which
// events its endpoint sent and received, where drivers waited for each other, and what their
// processes printed.
//
// A Ring takes the records of one driver while it runs. It holds the last ones, costs little
// and is always on. A Ring that a child process shares with its parent survives the child,
// however that ends. The runner puts the rings and its own records together to a Run.
//
// A Run is written as run.jsonl, one JSON object a line: a Header, then every Entry by time,
// then the Outcome. The file schema.json describes the lines; Schema is its version. A Store
// keeps runs on disk, bounded in number and size.
//
// To look at a Run, see package timeline.
package recording
