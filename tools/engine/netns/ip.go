package netns

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/lahja/go-lahja/tools/internal/childproc"
)

// ip runs the program of that name.
func ip(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, "ip", args...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}

// on is what ip is told about a namespace.
func on(space string, args ...string) []string { return append([]string{"-n", space}, args...) }

// all runs ip several times, up to the first error.
func all(ctx context.Context, calls ...[]string) error {
	for _, args := range calls {
		if err := ip(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

// sweep removes the namespaces of processes that have ended without removing them.
func sweep(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, "ip", "netns", "list").Output()
	if err != nil {
		return fmt.Errorf("ip netns list: %w (the program ip is Debian's iproute2)", err)
	}
	for line := range strings.Lines(string(out)) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !abandoned(name) {
			continue
		}
		// Another process may sweep at the same time.
		if err := ip(ctx, "netns", "delete", name); err != nil && exists(name) {
			return err
		}
	}
	return nil
}

// abandoned reports whether a namespace is one of ours whose process has gone.
func abandoned(name string) bool {
	rest, ours := strings.CutPrefix(name, prefix)
	number, _, _ := strings.Cut(rest, "-")
	pid, err := strconv.Atoi(number)
	return ours && err == nil && pid > 0 && !childproc.Exists(pid)
}

func exists(name string) bool {
	_, err := os.Stat("/run/netns/" + name)
	return err == nil
}
