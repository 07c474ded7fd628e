//go:build unix

package sshengine_test

import (
	"bufio"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/lahja/go-lahja/tools/engine/sshengine"
)

// envServer makes this program an SSH server, whose only user's home it is.
const envServer = "SSHENGINE_TEST_SERVER"

// envGreeting is what a login script does.
const envGreeting = "SSHENGINE_TEST_GREETING"

const (
	user     = "runner"
	password = "sesame"
)

// server is an SSH server in a process of its own, which stands for a machine.
type server struct {
	sshengine.Machine
	home    string
	line    string // what it has said of itself
	process *os.Process
}

// startServer starts a server. The variables are for the programs that are run on it.
func startServer(t *testing.T, name string, variables ...string) *server {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := &server{home: t.TempDir()}
	cmd := exec.Command(program)
	cmd.Env = append([]string{envServer + "=1", "HOME=" + s.home, "PATH=" + filepath.Join(s.home, "bin") + ":" + os.Getenv("PATH"),
		"TMPDIR=" + s.home}, variables...)
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.process = cmd.Process
	t.Cleanup(func() {
		// It may have been killed, or stand still.
		_ = cmd.Process.Signal(syscall.SIGCONT)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatalf("the server said nothing: %v", lines.Err())
	}
	s.line = lines.Text()
	s.Machine = machineOf(name, s.line)
	return s
}

// machineOf is the machine of a server that has said this of itself: its address and its key.
func machineOf(name, line string) sshengine.Machine {
	address, key, _ := strings.Cut(line, " ")
	return sshengine.Machine{Name: name, SSH: address, Login: func() (*ssh.ClientConfig, error) {
		hostKey, _, _, _, err := ssh.ParseAuthorizedKey([]byte(key))
		return &ssh.ClientConfig{User: user, Auth: []ssh.AuthMethod{ssh.Password(password)}, HostKeyCallback: ssh.FixedHostKey(hostKey)}, err
	}}
}

// commands are the scripts that the machine was told to run.
func (s *server) commands(t *testing.T) string {
	t.Helper()
	all, err := os.ReadFile(filepath.Join(s.home, "commands"))
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

// serve is the server's process.
func serve() error {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return err
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		return err
	}
	config := &ssh.ServerConfig{PasswordCallback: func(c ssh.ConnMetadata, given []byte) (*ssh.Permissions, error) {
		if c.User() != user || string(given) != password {
			return nil, errors.New("wrong user or password")
		}
		return nil, nil
	}}
	config.AddHostKey(signer)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if err := os.Unsetenv(envServer); err != nil {
		return err
	}
	fmt.Printf("%s %s", l.Addr(), ssh.MarshalAuthorizedKey(signer.PublicKey()))
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go serveConn(conn, config)
	}
}

func serveConn(conn net.Conn, config *ssh.ServerConfig) {
	_, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		fmt.Fprintln(os.Stderr, "a login failed:", err)
		return
	}
	go ssh.DiscardRequests(requests)
	for offered := range channels {
		channel, requests, err := offered.Accept()
		if err != nil {
			return
		}
		go serveSession(channel, requests)
	}
}

func serveSession(channel ssh.Channel, requests <-chan *ssh.Request) {
	for r := range requests {
		_ = r.Reply(r.Type == "exec", nil) // The client has gone where it fails.
		if r.Type == "exec" {
			go execute(channel, string(r.Payload[4:]))
		}
	}
}

// execute runs a command and tells how it ended.
func execute(channel ssh.Channel, command string) {
	defer channel.Close()
	if err := note(command); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	cmd := exec.Command("sh", "-c", os.Getenv(envGreeting)+command)
	cmd.Dir = os.Getenv("HOME")
	cmd.Stdout, cmd.Stderr = channel, channel.Stderr()
	in, err := cmd.StdinPipe()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	go func() {
		_, _ = io.Copy(in, channel) // Either may end.
		_ = in.Close()
	}()
	_ = cmd.Run() // The state says how.
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		_, _ = channel.SendRequest("exit-signal", false, ssh.Marshal(struct {
			Signal          string
			Core            bool
			Error, Language string
		}{Signal: status.Signal().String()}))
		return
	}
	_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Code uint32 }{uint32(cmd.ProcessState.ExitCode())}))
}

func note(command string) error {
	file, err := os.OpenFile(filepath.Join(os.Getenv("HOME"), "commands"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(file, command)
	return errors.Join(err, file.Close())
}
