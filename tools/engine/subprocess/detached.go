package subprocess

import (
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/tools/internal/childproc"
	"github.com/lahja/go-lahja/tools/internal/orphans"
)

// A driver's process looks itself for what its driver left running, and so knows for sure
// whose it is. What is here is for a process that has not the time to look, as it is
// killed or exits in the middle of its driver: the runner's process adopts its orphans.

// Dying implements Process: it notes the processes below this one that will not die with its
// group.
func (c *localProcess) Dying() {
	pid := c.cmd.Process.Pid
	below := slices.DeleteFunc(orphans.Below(pid), func(p orphans.Process) bool { return p.Group == pid })
	c.detaching.Lock()
	defer c.detaching.Unlock()
	c.detached = append(c.detached, below...)
}

// endDetached ends what the process, which has ended, left running outside of its group.
func (c *localProcess) endDetached(looked bool) (ended []string) {
	c.detaching.Lock()
	left := c.detached
	c.detaching.Unlock()
	if !looked {
		left = append(left, c.placement.newOrphans()...)
	}
	for _, p := range orphans.End(left) {
		ended = append(ended, fmt.Sprintf("process: %s was left running by driver %s, and has been ended", p, c.driver))
	}
	return ended
}

// newOrphans are those that this process has adopted since the run began. What is in a
// child's group is ended with that.
func (p *local) newOrphans() []orphans.Process {
	p.mu.Lock()
	groups := slices.Clone(p.groups)
	p.mu.Unlock()
	return slices.DeleteFunc(orphans.Without(orphans.Adopted(), p.before), func(o orphans.Process) bool {
		return slices.Contains(groups, o.Group)
	})
}

// leads notes that a child leads a process group.
func (p *local) leads(pid int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.groups = append(p.groups, pid)
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
