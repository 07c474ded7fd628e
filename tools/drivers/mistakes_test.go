package drivers_test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

var wanted = regexp.MustCompile(`// want "(.*)"$`)

// TestCompilerShowsTheFix pins what the compiler says of a forgotten Expects, a wrong type of
// an answer, and a slot of the wrong type.
func TestCompilerShowsTheFix(t *testing.T) {
	const file = "testdata/mistakes/mistakes.go"
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "build", "-gcflags=-e", "./testdata/mistakes").CombinedOutput()
	if err == nil {
		t.Fatal("it compiles")
	}
	wants := 0
	for i, line := range strings.Split(string(source), "\n") {
		want := wanted.FindStringSubmatch(line)
		if want == nil {
			continue
		}
		wants++
		said := regexp.MustCompile(fmt.Sprintf(`mistakes\.go:%d:\d+: .*`, i+1)).FindString(string(out))
		if !strings.Contains(said, want[1]) {
			t.Errorf("line %d: the compiler says %q, want %q in it", i+1, said, want[1])
		}
	}
	if wants == 0 {
		t.Errorf("%s wants nothing", file)
	}
}
