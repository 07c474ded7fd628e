package command

import (
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/lahja/go-lahja/tools/runner"
)

// completeFlag is the first argument with which completion scripts call the program. The
// words of the command line follow, without the program's name and up to the one to complete.
const completeFlag = "--complete"

// completionCommand is `lahja completion`.
type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is shown with the command's flags.
func (completionCommand) Help() string {
	return "bash: put `source <(lahja completion bash)` into ~/.bashrc. " +
		"zsh: put `source <(lahja completion zsh)` into ~/.zshrc, after compinit. " +
		"fish: put `lahja completion fish | source` into ~/.config/fish/config.fish."
}

// scripts call the program for each completion, so they know what the program knows.
var scripts = map[string]string{
	"bash": `_FUNC() {
	local IFS=$'\n'
	COMPREPLY=($("${COMP_WORDS[0]}" --complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _FUNC NAME
`,
	"zsh": `_FUNC() {
	local -a all
	all=("${(@f)$("${words[1]}" --complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
	[[ -n $all ]] && compadd -- $all || _files
}
compdef _FUNC NAME
`,
	"fish": `complete -c NAME -f -a '(set -l words (commandline -opc); $words[1] --complete $words[2..] (commandline -ct) 2>/dev/null)'
complete -c NAME -l report -l log -rF
`,
}

var notInName = regexp.MustCompile(`[^A-Za-z0-9_]`)

func (c completionCommand) script(program string) string {
	return strings.NewReplacer("FUNC", notInName.ReplaceAllString(program, "_")+"_complete", "NAME", program).Replace(scripts[c.Shell])
}

// completer completes one command line.
type completer struct {
	suites []runner.Suite
	node   *kong.Node
	// args counts the arguments of the command before the word.
	args int
}

// complete returns what the last word can become.
func complete(parser *kong.Kong, suites []runner.Suite, words []string) []string {
	words = slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "=" }) // Bash takes --flag=value apart.
	word := ""
	if len(words) > 0 {
		word, words = words[len(words)-1], words[:len(words)-1]
	}
	c := &completer{suites: suites, node: parser.Model.Node}
	pending := c.read(words)
	var all []string
	name, _, assigned := strings.Cut(word, "=")
	switch {
	case pending != nil:
		all = c.values(pending)
	case assigned && strings.HasPrefix(name, "--"):
		if flag := c.flag(name); flag != nil {
			for _, value := range c.values(flag) {
				all = append(all, name+"="+value)
			}
		}
	case strings.HasPrefix(word, "-"):
		all = c.flags()
	default:
		all = c.arguments()
	}
	return slices.DeleteFunc(all, func(s string) bool { return !strings.HasPrefix(s, word) })
}

// read finds the command of the words, and returns the flag whose value comes next.
func (c *completer) read(words []string) (pending *kong.Flag) {
	for _, word := range words {
		if pending != nil {
			pending = nil
			continue
		}
		if strings.HasPrefix(word, "-") {
			if flag := c.flag(word); flag != nil && !flag.IsBool() {
				pending = flag
			}
			continue
		}
		at := slices.IndexFunc(c.node.Children, func(n *kong.Node) bool { return n.Name == word })
		if at >= 0 {
			c.node = c.node.Children[at]
		} else {
			c.args++
		}
	}
	return pending
}

// flag returns the flag with that name, which begins with dashes.
func (c *completer) flag(name string) *kong.Flag {
	for _, group := range c.node.AllFlags(true) {
		for _, flag := range group {
			if name == "--"+flag.Name || flag.Short != 0 && name == "-"+string(flag.Short) {
				return flag
			}
		}
	}
	return nil
}

func (c *completer) flags() []string {
	var all []string
	for _, group := range c.node.AllFlags(true) {
		for _, flag := range group {
			all = append(all, "--"+flag.Name)
		}
	}
	slices.Sort(all)
	return all
}

// values returns what a flag may be. Of files the shell knows more.
func (c *completer) values(flag *kong.Flag) []string {
	scenarios, engines := everything(c.suites)
	var all []string
	switch flag.Name {
	case "scenario", "skip":
		return c.scenarios()
	case "engine":
		for _, e := range engines {
			all = append(all, e.Name())
		}
	case "label":
		for _, s := range scenarios {
			all = append(all, s.Labels...)
		}
		slices.Sort(all)
		return slices.Compact(all)
	default:
		if flag.Enum != "" {
			all = strings.Split(flag.Enum, ",")
		}
	}
	return all
}

// arguments returns what can stand next: a command, or an argument of the command.
func (c *completer) arguments() []string {
	switch {
	case len(c.node.Children) > 0:
		var all []string
		for _, child := range c.node.Children {
			all = append(all, child.Name)
		}
		return all
	case c.node.Name == "diff" && c.args > 0:
		return c.values(&kong.Flag{Value: &kong.Value{Name: "engine"}})
	case c.node.Name == "run", c.node.Name == "conform", c.node.Name == "diff":
		return c.scenarios()
	case c.node.Name == "completion":
		return []string{"bash", "zsh", "fish"}
	}
	return nil
}

// scenarios returns topics and names.
func (c *completer) scenarios() []string {
	scenarios, _ := everything(c.suites)
	var topics, names []string
	for _, s := range scenarios {
		if topic, _, found := strings.Cut(s.Name, "/"); found {
			topics = append(topics, topic)
		}
		names = append(names, s.Name)
	}
	slices.Sort(topics)
	return append(slices.Compact(topics), names...)
}

// lines joins texts, one a line.
func lines(all []string) string {
	var b strings.Builder
	for _, one := range all {
		b.WriteString(one + "\n")
	}
	return b.String()
}
