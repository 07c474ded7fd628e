package stdio

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"runtime"
	"strings"

	"github.com/lahja/go-lahja/tools/engine/internal/relay"
)

// Shell runs a command on a machine that has a POSIX shell, with what it reads, and returns what it
// prints. Its errors have what the command prints on its standard error.
type Shell func(ctx context.Context, command string, in io.Reader) (string, error)

// Scripts of Equip. The last line of the first one says what the machine is, and "has" if the
// program is there; login scripts may print before. The second one keeps no program that was cut
// off, and none but those used last.
const (
	look = `umask 077 && mkdir -p %[1]s && chmod 700 %[1]s && cd %[1]s && echo "$(uname -sm) $(test -x %[2]s && touch %[2]s && echo has)"`
	keep = `cd %[1]s && cat > %[2]s.$$ && test $(wc -c < %[2]s.$$) -eq %[3]d && chmod 700 %[2]s.$$ && mv %[2]s.$$ %[2]s && ls -t | tail -n +%[4]d | xargs rm -f`
)

// Equip sees that this program is on a machine, and can run there. It sends the program unless it is
// there, in a directory of the directory dir, which is the user's cache if it is "". The command
// starts a relay; arguments can be added.
func Equip(ctx context.Context, machine Shell, dir string) (command string, err error) {
	p, err := relay.Program()
	if err != nil {
		return "", err
	}
	dir = Quote(path.Join(cmp.Or(dir, ".cache"), "lahja-programs"))
	said, err := machine(ctx, script(look, dir, p.Sum), nil)
	if err != nil {
		return "", fmt.Errorf("look for the program there: %w", err)
	}
	there, has, err := understand(said)
	if err != nil {
		return "", err
	}
	if here := runtime.GOOS + "/" + runtime.GOARCH; there != here {
		return "", fmt.Errorf("it is %s, and this program, which would run there, is built for %s; begin the run with one that is built for %s", there, here, there)
	}
	if !has {
		err = send(ctx, machine, dir, p)
	}
	return "exec env " + envRelay + "=1 " + dir + "/" + p.Sum, err
}

func send(ctx context.Context, machine Shell, dir string, p relay.ProgramFile) error {
	file, err := os.Open(p.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := machine(ctx, script(keep, dir, p.Sum, p.Size, relay.KeepPrograms+1), file); err != nil {
		return fmt.Errorf("send the program: %w", err)
	}
	return nil
}

// script is a command that runs a script, whatever the user's shell is.
func script(text string, values ...any) string {
	return "exec sh -c " + Quote(fmt.Sprintf(text, values...))
}

var architectures = map[string]string{"x86_64": "amd64", "aarch64": "arm64", "i386": "386", "i686": "386", "armv6l": "arm", "armv7l": "arm"}

// understand takes apart what look prints.
func understand(said string) (platform string, has bool, err error) {
	lines := strings.Split(strings.TrimSpace(said), "\n")
	words := strings.Fields(lines[len(lines)-1])
	if len(words) < 2 {
		return "", false, errors.New("it does not say what system it has (uname -sm): " + said)
	}
	return strings.ToLower(words[0]) + "/" + cmp.Or(architectures[words[1]], words[1]), len(words) > 2 && words[2] == "has", nil
}

// Quote is one word of a shell's command.
func Quote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }
