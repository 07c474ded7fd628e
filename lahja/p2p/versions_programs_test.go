package p2p_test

import (
	"bufio"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestOldAndNewProgramsWorkTogether builds one program with two versions of its event types, and
// has them talk: testdata/versions.
func TestOldAndNewProgramsWorkTogether(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds two programs")
	}
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "./testdata/versions/old", "./testdata/versions/new")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, c := range []struct {
		server, client string
		served, told   []string
	}{
		{"old", "new", []string{
			"received {_:{} Sensor:{Name:cellar Room:} Value:8 Unit:}",
			"asked {_:{} Expects:{} Sensor:cellar}",
			"differs: lahja: server: compare types versions/level (peer client): event types differ under one name: " +
				"field Value is int here and string there; give a field whose type changes a new name",
		}, []string{
			"answered {_:{} Count:6 Oldest:<nil>}",
			"error: lahja: client: broadcast versions/level (peer server): event types differ under one name: " +
				"field Value is string here and int there; give a field whose type changes a new name",
		}},
		{"new", "old", []string{
			"received {_:{} Value:21.5 Sensor:{Name:roof Floor:0} Tags:[] Limits:map[]}",
			"asked {_:{} Expects:{} Sensor:roof Most:0}",
			"differs: lahja: server: compare types versions/level (peer client): event types differ under one name: " +
				"field Value is string here and int there; give a field whose type changes a new name",
		}, []string{
			"answered {_:{} Count:0 Note:}",
			"error: lahja: client: broadcast versions/level (peer server): event types differ under one name: " +
				"field Value is int here and string there; give a field whose type changes a new name",
		}},
	} {
		t.Run(c.server+" serves "+c.client, func(t *testing.T) {
			n := memoryNetwork(t) // for its short directory
			socket := filepath.Join(n.dir, "s")
			server := exec.CommandContext(t.Context(), filepath.Join(dir, c.server), "serve", socket)
			in, err := server.StdinPipe()
			check(t, err)
			pipe, err := server.StdoutPipe()
			check(t, err)
			check(t, server.Start())
			out := bufio.NewReader(pipe)
			if line, err := out.ReadString('\n'); line != "ready\n" {
				t.Fatalf("the server says %q, %v", line, err)
			}
			told, err := exec.CommandContext(limited(t), filepath.Join(dir, c.client), "connect", socket).CombinedOutput()
			if err != nil {
				t.Errorf("the client: %v", err)
			}
			same(t, "the client", string(told), c.told)
			check(t, in.Close())
			served, err := io.ReadAll(out)
			check(t, err)
			same(t, "the server", string(served), c.served)
			check(t, server.Wait())
		})
	}
}

func same(t *testing.T, who, got string, want []string) {
	t.Helper()
	if want := strings.Join(want, "\n") + "\n"; got != want {
		t.Errorf("%s printed\n%swant\n%s", who, got, want)
	}
}
