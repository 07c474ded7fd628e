package machines

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

func available() error {
	if os.Geteuid() != 0 {
		return errors.New("it takes root")
	}
	return nil
}

// within calls do on a thread that is in these namespaces.
func within(do func() error, spaces ...space) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlock: the thread ends with the goroutine
		done <- func() error {
			// Else it could not have another root than the process's other threads.
			if err := unix.Unshare(unix.CLONE_FS); err != nil {
				return fmt.Errorf("unshare: %w", err)
			}
			for _, s := range spaces {
				if err := s.enter(); err != nil {
					return err
				}
			}
			return do()
		}()
	}()
	return <-done
}

// space is a namespace: its file, and its kind.
type space struct {
	file string
	kind int
}

func (s space) enter() error {
	f, err := os.Open(s.file)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.Setns(int(f.Fd()), s.kind); err != nil {
		return fmt.Errorf("enter %s: %w", s.file, err)
	}
	return nil
}

// startFirst starts a process in the network namespace of this name, and in new ones otherwise.
func startFirst(cmd *exec.Cmd, network string) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWUTS}
	return within(cmd.Start, space{"/run/netns/" + network, unix.CLONE_NEWNET})
}

func (m *Machine) start(cmd *exec.Cmd) error {
	at := func(file string, kind int) space {
		return space{"/proc/" + strconv.Itoa(m.first.Process.Pid) + "/ns/" + file, kind}
	}
	// The mounts come last: they hide /proc.
	return within(cmd.Start, at("net", unix.CLONE_NEWNET), at("uts", unix.CLONE_NEWUTS), at("pid", unix.CLONE_NEWPID), at("mnt", unix.CLONE_NEWNS))
}

// Dial implements nats.CustomDialer: it connects this process as one of the machine's would be.
func (m *Machine) Dial(network, address string) (conn net.Conn, err error) {
	at := space{"/proc/" + strconv.Itoa(m.first.Process.Pid) + "/ns/net", unix.CLONE_NEWNET}
	err = within(func() error {
		conn, err = net.Dial(network, address)
		return err
	}, at)
	return conn, err
}

func ordinaryUser(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: ordinary, Gid: ordinary}}
}

// fresh are the directories that every machine has of its own.
var fresh = []string{"/run", "/tmp", "/var/tmp", "/home", "/root", "/dev/shm"}

// furnish makes a machine of this process's namespaces.
func furnish(name string, ahead int) error {
	program, err := os.Open("/proc/self/exe") // It may be in a directory that is about to go.
	if err != nil {
		return err
	}
	defer program.Close()
	if err := errors.Join(unix.Sethostname([]byte(name)), unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")); err != nil {
		return err
	}
	if err := mountFresh(); err != nil {
		return err
	}
	if err := errors.Join(os.MkdirAll(own, 0o755), os.WriteFile(Program, nil, 0o755),
		unix.Mount(fmt.Sprintf("/proc/self/fd/%d", program.Fd()), Program, "", unix.MS_BIND, "")); err != nil {
		return fmt.Errorf("show the program: %w", err)
	}
	if ahead != 0 {
		if err := os.WriteFile(aheadOf, []byte(strconv.Itoa(ahead)), 0o644); err != nil {
			return err
		}
	}
	if err := errors.Join(os.Mkdir(Home, 0o700), os.Chown(Home, ordinary, ordinary)); err != nil {
		return err
	}
	return closeOthers()
}

func mountFresh() error {
	for _, dir := range fresh {
		if err := unix.Mount("machine", dir, "tmpfs", 0, "mode=1777"); err != nil {
			return fmt.Errorf("mount %s: %w", dir, err)
		}
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	return nil
}

// closeOthers lets nobody write to what other machines see, too.
func closeOthers() error {
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(table)) {
		point := strings.Fields(line)[4]
		if slices.Contains(fresh, point) || point == "/proc" {
			continue
		}
		err := unix.Mount("", point, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, "")
		// What another mount covers cannot be reached either.
		if err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOENT) {
			return fmt.Errorf("mount %s read-only: %w", point, err)
		}
	}
	return nil
}

// reap waits for the orphans of the machine.
func reap() {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, unix.SIGCHLD)
	for range ended {
		for {
			if pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); pid <= 0 || err != nil {
				break
			}
		}
	}
}

// Processes lists what runs on the machine, but for its first process.
func (m *Machine) Processes() ([]Process, error) {
	first := m.first.Process.Pid
	want, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", first))
	if err != nil {
		return nil, err
	}
	links, err := filepath.Glob("/proc/[0-9]*/ns/pid")
	if err != nil {
		return nil, err
	}
	var all []Process
	for _, link := range links {
		// Those that fail have ended meanwhile.
		if got, err := os.Readlink(link); err != nil || got != want {
			continue
		}
		pid, _ := strconv.Atoi(strings.Split(link, "/")[2])
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		// One that has ended, and was not waited for, has no command line.
		if err == nil && len(line) > 0 && pid != first {
			all = append(all, Process{PID: pid, Line: string(bytes.TrimSpace(bytes.ReplaceAll(line, []byte{0}, []byte{' '})))})
		}
	}
	return all, nil
}
