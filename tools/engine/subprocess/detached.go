package subprocess

import (
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/childproc"
	"github.com/lahja/go-lahja/tools/internal/orphans"
)

// A driver's process looks itself for what its driver left running, and so knows for sure
// whose it is. What is here is for a process that has not the time to look, as it is
// killed or exits in the middle of its driver: the runner's process adopts its orphans.

// noteDetached notes the processes below the child, which is about to be killed, that will
// not die with its group.
func (c *process) noteDetached() {
	pid := c.cmd.Process.Pid
	below := slices.DeleteFunc(orphans.Below(pid), func(p orphans.Process) bool { return p.Group == pid })
	c.detaching.Lock()
	defer c.detaching.Unlock()
	c.detached = append(c.detached, below...)
}

// endDetached ends what the child, which has ended, left running outside of its group.
func (c *process) endDetached() {
	c.detaching.Lock()
	left := c.detached
	c.detaching.Unlock()
	code := c.cmd.ProcessState.ExitCode()
	if looked := c.done || c.crashes || code == engine.ExitDriverFailed || code == engine.ExitHarness; !looked {
		left = append(left, c.fleet.newOrphans()...)
	}
	for _, p := range orphans.End(left) {
		c.session.leak(fmt.Sprintf("process: %s was left running by driver %s, and has been ended", p, c.driver.Name()))
	}
}

// newOrphans are those that this process has adopted since the run began. What is in a
// child's group is ended with that.
func (f *fleet) newOrphans() []orphans.Process {
	f.mu.Lock()
	groups := slices.Clone(f.groups)
	f.mu.Unlock()
	return slices.DeleteFunc(orphans.Without(orphans.Adopted(), f.before), func(p orphans.Process) bool {
		return slices.Contains(groups, p.Group)
	})
}

// leads notes that a child leads a process group.
func (f *fleet) leads(pid int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.groups = append(f.groups, pid)
}

// groupLives reports whether a group has processes, other than dead ones that this process
// has adopted.
func groupLives(pid int) bool {
	if !childproc.Lives(pid) {
		return false
	}
	orphans.Adopted() // It waits for the dead.
	return childproc.Lives(pid)
}
