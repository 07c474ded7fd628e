package agents

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBuildsForOtherPlatforms(t *testing.T) {
	file := filepath.Join(t.TempDir(), "suite")
	if err := os.WriteFile(file, []byte("for another machine"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv(EnvPrograms, "plan9/mips="+file)
	l := &launcher{options: Options{Programs: map[string]string{"plan9/arm": file}}}
	programs, err := l.programs()
	if err != nil {
		t.Fatal(err)
	}
	own, err := buildsOf(nil)
	if err != nil {
		t.Fatal(err)
	}
	if programs[platform()] != own[platform()] || programs["plan9/mips"] != programs["plan9/arm"] || len(programs) != 3 {
		t.Errorf("got %v", programs)
	}
	here, mips, amd := Info{ID: "here", Platform: platform()}, Info{ID: "there", Platform: "plan9/mips"}, Info{ID: "elsewhere", Platform: "plan9/amd64"}
	if able, err := chooseAble([]Info{here, mips, amd}, "", programs); err != nil || len(able) != 2 || able[0].ID != here.ID || able[1].ID != mips.ID {
		t.Errorf("got %v, %v; want the agents of two platforms", able, err)
	}
	_, err = chooseAble([]Info{amd}, "", programs)
	if want := "is plan9/amd64; build it for one of these, and pass it with --program OS/ARCH=FILE"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestBuildsThatCannotBe(t *testing.T) {
	for value, want := range map[string]string{
		"linux/arm64":             `"linux/arm64"; each is like linux/arm64=FILE`,
		"arm64=suite":             "each is like",
		"linux/=suite":            "each is like",
		"linux/arm64=/not/there":  "the program for linux/arm64: open /not/there",
		"linux/arm64=,plan9/mips": "each is like",
	} {
		t.Setenv(EnvPrograms, value)
		if _, err := (&launcher{}).programs(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", value, err, want)
		}
	}
}
