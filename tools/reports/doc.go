// Package reports writes the outcomes of scenarios on engines, for people and for
// programs.
//
//	d := reports.New(scenarios, engines)
//	d.Add(reports.Of(report, 1)) // of every run, with its number
//	err := d.WriteFile("conformance.md")
//
// Markdown suits a page in a repository. Equal outcomes make equal pages: only reports of
// unknown failures have times. JSON is for programs: Schema is its JSON Schema, and every
// document names its format. A Run is one object of it, and `lahja run` also prints and logs Runs. JUnit is for CI servers, which only know passed, failed and
// skipped: there, unsupported scenarios and known failures are skipped, with a message
// that says which.
package reports
