package recording

import _ "embed" // schema.json

// JSONSchema describes the lines of run.jsonl: a JSON schema (draft 2020-12) for each one.
//
//go:embed schema.json
var JSONSchema []byte
