// Package reports writes what scenarios came to on engines, for people and for
// programs.
//
//	d := reports.New(scenarios, engines)
//	d.Add(report) // of every run
//	err := d.WriteFile("conformance.md")
//
// Markdown is for a page in a repository: but for the reports of failures that are
// not known it has no times, so that the same outcome is the same page. JSON is for programs; Schema is its JSON Schema, and its format
// is named in every document. JUnit is for CI servers, which know passed, failed
// and skipped alone: there what is unsupported or a known failure is skipped, with a
// message that says which.
package reports
