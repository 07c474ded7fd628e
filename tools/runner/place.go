package runner

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Place is the file and line to open for a report: where the scenario declares the
// action that failed first, or the scenario itself where no action did. The file is
// relative to the working directory where it is below it. It is "" and 0 where unknown.
func (r *Report) Place() (file string, line int) {
	if len(r.Failures) > 0 {
		if file, line = splitPlace(r.Failures[0].Source); file != "" {
			return file, line
		}
	}
	return splitPlace(r.Location)
}

// splitPlace takes "file:line" apart.
func splitPlace(place string) (file string, line int) {
	at := strings.LastIndexByte(place, ':')
	if at < 0 {
		return "", 0
	}
	line, err := strconv.Atoi(place[at+1:])
	if err != nil {
		return "", 0
	}
	return place[:at], line
}

// at is the place as go test prints it, "" where unknown.
func (r *Report) at() string {
	file, line := r.Place()
	if file == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d: ", file, line)
}

// Annotation is the line by which GitHub shows a failed scenario beside its source. It
// is empty unless the report failed and the program runs in GitHub Actions
// (GITHUB_ACTIONS is set).
func (r *Report) Annotation() string {
	if r.Verdict != Failed || os.Getenv("GITHUB_ACTIONS") == "" {
		return ""
	}
	where := ""
	if file, line := r.Place(); file != "" {
		where = fmt.Sprintf(" file=%s,line=%d", forProperty.Replace(inWorkspace(file)), line)
	}
	return fmt.Sprintf("::error%s::%s", where, forMessage.Replace(fmt.Sprintf("%s on %s: %s", r.Scenario, r.Engine, r.Reason)))
}

// What ends a message of a workflow command, and a property of it, is escaped.
var (
	forMessage  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	forProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// inWorkspace is a file as GitHub finds it: relative to the checked-out repository.
func inWorkspace(file string) string {
	abs, err := filepath.Abs(file)
	if err != nil {
		return file
	}
	rel, err := filepath.Rel(os.Getenv("GITHUB_WORKSPACE"), abs)
	if err != nil || !filepath.IsLocal(rel) {
		return abs
	}
	return rel
}
