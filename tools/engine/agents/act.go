package agents

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// What makes a program that dispatches an agent (engine.Actor), instead of the command.
const (
	// EnvAgent is the URL of the NATS server, where an agent is wanted.
	EnvAgent = "LAHJA_AGENT"
	// EnvTrust are the public keys that the agent trusts, with commas between them, or "anybody".
	EnvTrust = "LAHJA_AGENT_TRUST"
	// EnvID names it; permissions of NATS may depend on that.
	EnvID = "LAHJA_AGENT_ID"
	// EnvLabels are its labels, with commas between them.
	EnvLabels = "LAHJA_AGENT_LABELS"
	// EnvRoot lets the agent run as root, where it is "1".
	EnvRoot = "LAHJA_AGENT_ROOT"
)

const anybody = "anybody"

// Act implements engine.Actor.
func (l *launcher) Act() {
	url := os.Getenv(EnvAgent)
	if url == "" {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	given, err := fromEnvironment()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	options := AgentOptions{URL: url, ID: os.Getenv(EnvID), NATS: slices.Concat(given.NATS, l.options.NATS), Labels: list(EnvLabels), AllowRoot: os.Getenv(EnvRoot) == "1",
		Logger: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	options.Trust.Keys = list(EnvTrust)
	if slices.Contains(options.Trust.Keys, anybody) {
		options.Trust = Trust{Anybody: true}
	}
	if err := Run(ctx, options); err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// list is a variable's value with commas between several.
func list(variable string) []string {
	if value := os.Getenv(variable); value != "" {
		return strings.Split(value, ",")
	}
	return nil
}
