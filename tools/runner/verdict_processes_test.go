package runner_test

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/childproc"
)

// processVerdicts are of what happens to the processes of drivers.
var processVerdicts = []judged{
	{
		name: "pause-of-the-runner", needs: []engine.Need{engine.SharedMemory, engine.FindsDetached}, kind: engine.FailedError,
		drivers: broken(func() drivers.Action { return drivers.Paused("client", drivers.Sleep(0)) }),
		says:    []string{`driver server .*, action 2: Paused`, `list engine.DriverPauses in the scenario's Needs`},
	},
	{
		// The client could not hear that it is to stop; it is let go on, and does.
		name: "failed-while-another-was-paused", needs: isolated, kind: engine.FailedError,
		drivers: broken(func() drivers.Action {
			return drivers.Paused("client", drivers.Do("fail", func(context.Context, *drivers.Scope) error { return errMine }))
		}),
		says: []string{`driver server .*, action 2: Paused`, errMine.Error(), `\[stopped\] client, action [23]`},
	},
	{
		name: "hung-while-another-was-paused", needs: isolated, once: true, kind: engine.FailedDeadline, timeout: 4 * time.Second,
		drivers: broken(func() drivers.Action {
			return drivers.Paused("client", drivers.Within(time.Minute, drivers.Opaque(drivers.WaitFor[Tick]())))
		}),
		says: []string{`not done within 4s`, `\[stopped\] (client, server|server, client): stopped`},
	},
	{
		name: "paused-twice", needs: isolated, kind: engine.FailedError,
		drivers: broken(func() drivers.Action { return drivers.Paused("client", drivers.Paused("client", drivers.Sleep(0))) }),
		says:    []string{`driver client is paused already`},
	},
	{
		name: "crash-of-the-runner", needs: []engine.Need{engine.SharedMemory}, kind: engine.FailedError,
		drivers: func(env *drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{drivers.New(drivers.NoEndpoint("alone"), drivers.Crash())}
		},
		says: []string{`this process is the runner's own; list engine.ProcessIsolation in the scenario's Needs`},
	},
	{
		name: "crash-within-a-function", needs: isolated, kind: engine.FailedError,
		drivers: do("crash", func(ctx context.Context, s *drivers.Scope) error { return s.Run(ctx, drivers.Crash()) }),
		says:    []string{`what else the driver has to do would never be judged`},
	},
	{
		name: "crash-before-the-rest-is-done", needs: isolated, kind: engine.FailedError,
		drivers: func(env *drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{drivers.New(drivers.NoEndpoint("doomed"),
				drivers.Background("rest", drivers.Do("fail late", func(ctx context.Context, s *drivers.Scope) error {
					return errors.Join(s.Engine().Sleep(ctx, 200*time.Millisecond), errMine)
				})),
				drivers.Crash())}
		},
		says: []string{`the background action "rest" still runs, and would never be judged; Join or Cancel it before`},
	},
	{
		name: "crash-after-a-handler-failed", needs: isolated, kind: engine.FailedHandler,
		drivers: func(env *drivers.Env) []*drivers.Driver {
			fails := func(context.Context, *drivers.Scope, lahja.Event[Tick]) error { return errMine }
			return []*drivers.Driver{drivers.New(drivers.RunEndpoint("doomed"),
				drivers.Subscribe(fails),
				drivers.Broadcast(Tick{}),
				drivers.HandlerThrows(errMine),
				drivers.Broadcast(Tick{}),
				drivers.Sync(),
				drivers.Crash())}
		},
		says: []string{errMine.Error()},
	},
	{
		name: "child-exits-0", needs: isolated, kind: engine.FailedProcess,
		drivers: do("exit 0", func(context.Context, *drivers.Scope) error { os.Exit(0); return nil }),
		says: []string{`the child ended with exit code 0 before its driver had finished`, `driver server \(endpoint server\), action 2: Do\("exit 0"\)`,
			`declared at: verdict_scenarios_test.go:\d+`, `client: action [23] of 3, Checkpoint\("(connected|held)"\), verdict_scenarios_test.go:\d+`},
	},
	{
		name: "child-exits-3", needs: isolated, kind: engine.FailedProcess,
		drivers: do("exit 3", func(context.Context, *drivers.Scope) error {
			os.Stderr.WriteString("last words\n")
			os.Exit(3)
			return nil
		}),
		says: []string{`the child ended with exit code 3 before its driver had finished`, `output: +last words`},
	},
	{
		name: "child-is-killed", needs: isolated, kind: engine.FailedProcess,
		drivers: do("kill", func(context.Context, *drivers.Scope) error {
			err := childproc.Kill(os.Getpid())
			stuck() // The signal may take its time.
			return err
		}),
		says: []string{`the child ended with signal 9 \(killed\) before its driver had finished`},
	},
	{
		name: "child-hangs", needs: isolated, once: true, kind: engine.FailedDeadline, timeout: 500 * time.Millisecond,
		drivers: do("stop", func(context.Context, *drivers.Scope) error {
			err := childproc.Stop(os.Getpid())
			stuck() // The signal may take its time.
			return err
		}),
		says: []string{`the scenario was not done within 500ms`, `server: action 2 of 3, Do\("stop"\)`, `hung, and was killed after (3|6)s`},
	},
	{
		name: "child-writes-garbage", needs: isolated, kind: engine.FailedProcess,
		drivers: do("garbage", func(ctx context.Context, _ *drivers.Scope) error {
			if _, err := syscall.Write(3, []byte("HTTP/1.1 400 Bad Request\n")); err != nil {
				return err
			}
			<-ctx.Done()
			return ctx.Err()
		}),
		says: []string{`the child wrote garbage on the control connection: "HTTP/1.1 400 Bad Request"`},
	},
	{
		name: "child-writes-a-hollow-record", needs: isolated, kind: engine.FailedProcess,
		drivers: do("hollow", func(ctx context.Context, _ *drivers.Scope) error {
			if _, err := syscall.Write(3, []byte("{\"kind\":\"step\"}\n")); err != nil {
				return err
			}
			<-ctx.Done()
			return ctx.Err()
		}),
		says: []string{`the child wrote garbage on the control connection: "\{\\"kind\\":\\"step\\"\}"`},
	},
	{
		name: "child-dies-in-the-middle-of-a-record", needs: isolated, kind: engine.FailedProcess,
		drivers: do("half", func(context.Context, *drivers.Scope) error {
			if _, err := syscall.Write(3, []byte("{\"kind\":\"st")); err != nil {
				return err
			}
			os.Exit(4)
			return nil
		}),
		says: []string{`the child ended with exit code 4 before its driver had finished`},
	},
	{
		name: "another-dies-when-it-is-stopped", needs: isolated, kind: engine.FailedError,
		drivers: func(env *drivers.Env) []*drivers.Driver {
			config := env.Config("guilty")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(config), drivers.WaitFor[Tick]().Then(func(context.Context, *drivers.Scope, lahja.Event[Tick]) error { return errMine })),
				drivers.New(drivers.RunEndpoint("victim"), drivers.ConnectToEndpoints(config), drivers.WaitUntilAnyEndpointSubscribedTo[Tick](),
					drivers.Do("exit when stopped", func(ctx context.Context, s *drivers.Scope) error {
						if err := lahja.Broadcast(ctx, s.Endpoint(), Tick{}); err != nil {
							return err
						}
						<-ctx.Done()
						os.Exit(7)
						return nil
					})),
			}
		},
		says: []string{`driver guilty \(endpoint guilty\), action 1: WaitFor\[Tick\]\(\)\.Then\(func\)`, `\[stopped\] victim, action 3, Do\("exit when stopped"\): told to stop, the child ended with exit code 7`},
	},
	{
		name: "fails-before-others-have-begun", needs: isolated, kind: engine.FailedHarness,
		drivers: func(env *drivers.Env) []*drivers.Driver {
			all := []*drivers.Driver{drivers.New(drivers.NoEndpoint("guilty"), drivers.Broadcast(Tick{N: os.Getpid()}, lahja.BroadcastConfig{AllowNoSubscribers: true}))}
			for _, name := range []string{"a", "b", "c"} {
				all = append(all, drivers.New(drivers.NoEndpoint(name)))
			}
			return all
		},
		says: []string{`harness: +the child built other drivers than its parent`},
	},
	{
		name: "another-dies", needs: isolated, kind: engine.FailedProcess,
		drivers: func(env *drivers.Env) []*drivers.Driver {
			config := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(config), drivers.WaitFor[Question]().Then(func(context.Context, *drivers.Scope, lahja.Event[Question]) error {
					os.Exit(0)
					return nil
				})),
				drivers.New(drivers.RunEndpoint("client"), drivers.ConnectToEndpoints(config),
					drivers.WaitUntilAnyEndpointSubscribedTo[Question](), drivers.Request(Question{})),
			}
		},
		says: []string{`driver server \(endpoint server\), action 1: WaitFor\[Question\]\(\)\.Then\(func\)`, `exit code 0 before its driver had finished`},
	},
}
