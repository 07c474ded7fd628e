package ginkgorunner

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/runner"
	"github.com/lahja/go-lahja/tools/timeline"
)

// stopMargin is how much longer than the scenario a spec may take: the time to
// stop drivers, kill children that hang, and look for what was left behind.
const stopMargin = 15 * time.Second

// Specs makes a spec of every scenario on every engine; without engines, on runner.Engines(). Call it
// where you would build Ginkgo containers. It returns true, so that you can call it in a var
// declaration.
func Specs(scenarios []drivers.Scenario, engines ...engine.Engine) bool {
	return SpecsWith(runner.Runner{}, scenarios, engines...)
}

// SpecsWith is Specs with settings. It ignores the settings' Engine and Progress.
func SpecsWith(settings runner.Runner, scenarios []drivers.Scenario, engines ...engine.Engine) bool {
	if len(scenarios) == 0 {
		panic("ginkgorunner: no scenarios given, so nothing would be tested")
	}
	if len(engines) == 0 {
		engines = runner.Engines()
	}
	if err := runner.CheckKnown(settings.Known, scenarios, engines); err != nil {
		panic("ginkgorunner: " + err.Error())
	}
	for _, e := range engines {
		r := settings
		r.Engine = e
		ginkgo.Describe(e.Name(), ginkgo.Label(label(e.Name())), func() {
			for _, s := range scenarios {
				spec(r, s)
			}
		})
	}
	return true
}

func spec(r runner.Runner, s drivers.Scenario) {
	location := locationOf(s)
	topic, _, _ := strings.Cut(s.Name, "/")
	limit := s.Timeout
	if limit == 0 {
		limit = max(r.Timeout, runner.DefaultTimeout)
	}
	ginkgo.It(s.Name, location, ginkgo.Label(label(topic)), ginkgo.SpecTimeout(limit+stopMargin), func(ctx ginkgo.SpecContext) {
		timed, cancel := inTime(ctx)
		defer cancel()
		if timed.Err() != nil {
			ginkgo.Skip("not run: " + context.Cause(timed).Error())
		}
		if r.Store == nil && r.Records >= 0 {
			r.Store = &recording.Store{}
		}
		var watch runner.Watch
		r.Progress = watch.Record
		if r.Output == nil {
			r.Output = ginkgo.GinkgoWriter
		}
		_, reporter := ginkgo.GinkgoConfiguration()
		r.Races = r.Races || reporter.Verbosity().GTE(types.VerbosityLevelVerbose)
		detach := ginkgo.AttachProgressReporter(watch.String)
		defer detach()
		judge(r.Run(timed, s))
	})
}

func judge(report *runner.Report) {
	switch report.Verdict {
	case runner.Passed:
		if len(report.Races) > 0 {
			ginkgo.AddReportEntry(report.Scenario+" on "+report.Engine, report, placeOf(report), ginkgo.ReportEntryVisibilityFailureOrVerbose)
		}
	case runner.Unsupported:
		ginkgo.Skip("unsupported: " + report.Reason)
	case runner.Known:
		ginkgo.Skip("known failure: " + report.Reason)
	case runner.Failed:
		location := placeOf(report)
		ginkgo.AddReportEntry(report.Scenario+" on "+report.Engine, report, location, ginkgo.ReportEntryVisibilityFailureOrVerbose)
		addPage(report, location)
		failAt(location, report.Reason+"\nThe whole report is among the report entries.")
	}
}

// addPage adds the page of a recorded run to Ginkgo's own reports (JSON, JUnit). It prints nothing.
func addPage(report *runner.Report, location types.CodeLocation) {
	if report.Recording == nil {
		return
	}
	page, err := timeline.Page(report.Recording)
	if err != nil {
		page = []byte("the page could not be made: " + err.Error())
	}
	ginkgo.AddReportEntry(report.Scenario+" on "+report.Engine+".html", string(page), location, ginkgo.ReportEntryVisibilityNever)
}

// failAt fails the spec at a location. Fail cannot: it looks for the location on the stack, which has
// no line of the scenario.
func failAt(location types.CodeLocation, message string) {
	ginkgo.DeferCleanup(func() error { return errors.New(message) }, location)
}

func locationOf(s drivers.Scenario) types.CodeLocation {
	file, line := s.Location()
	if file == "" {
		return types.NewCustomCodeLocation(s.Name)
	}
	return types.CodeLocation{FileName: file, LineNumber: line}
}

// placeOf returns the line to open for a report, with its full path, as everywhere in Ginkgo.
func placeOf(report *runner.Report) types.CodeLocation {
	file, line := report.Place()
	if file == "" {
		return types.NewCustomCodeLocation(report.Scenario)
	}
	if abs, err := filepath.Abs(file); err == nil {
		file = abs
	}
	return types.CodeLocation{FileName: file, LineNumber: line}
}

// label replaces characters with a meaning in Ginkgo's label filters.
func label(name string) string {
	return strings.NewReplacer("&", "-", "|", "-", "!", "-", ",", "-", "(", "-", ")", "-", "/", "-", ":", "-").Replace(name)
}
