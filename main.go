// Thingdeck is a terminal MQTT test client for AWS IoT that carries a local AWS IoT inside.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	// First, because its import path sorts before Bubble Tea's: see the package.
	_ "example.com/thingdeck/ui/background"

	"github.com/charmbracelet/x/term"
	"github.com/muesli/termenv"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/local"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/shadow/service"
	"example.com/thingdeck/ui"
	"example.com/thingdeck/ui/theme"
)

// version is set by the linker for a release; a build from source says its module's version.
var version = ""

func main() { os.Exit(run(os.Args[1:])) }

// run is the program but for the exit: 0 left by the user, 1 failed at run time, 2 wrong usage.
func run(args []string) int {
	debug.SetGCPercent(25) // the store holds no pointers, so collecting often is cheap and keeps the memory small
	status := 0
	root := rootCommand(&status)
	root.SetArgs(args)
	err := root.Execute()
	var usage usageError
	switch {
	case err == nil:
		return status
	case errors.As(err, &usage):
		fmt.Fprintf(os.Stderr, "thingdeck: %v\n", err)
		return 2
	default:
		fmt.Fprintf(os.Stderr, "thingdeck: %v\n", err)
		return 1
	}
}

// usageError is what the user wrote wrong on the command line.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// flags are those of the test client.
type flags struct {
	broker, clientID, thing, shadow, log string
	subscribe                            []string
	noSimulate                           bool
	local                                localFlags
}

// localFlags are those of the local AWS IoT, the same for serve and for the test client with one inside.
type localFlags struct {
	listen, tlsListen, wsListen, wssListen, httpListen string
	certs, policy, state, simulate                     string
	stateSync, strict, testClock                       bool
	depth, size                                        int
	firstVersion                                       int64
}

func (f *localFlags) add(fl *pflag.FlagSet) {
	fl.StringVar(&f.listen, "listen", local.DefaultListen, "where the local broker listens for MQTT: `ADDR`")
	fl.StringVar(&f.tlsListen, "tls-listen", "", "listen at `ADDR` for MQTT over TLS with client certificates; needs --certs")
	fl.StringVar(&f.wsListen, "ws-listen", "", "listen at `ADDR` for MQTT over WebSocket, path /mqtt")
	fl.StringVar(&f.wssListen, "wss-listen", "", "listen at `ADDR` for MQTT over WebSocket with TLS, path /mqtt; needs --certs")
	fl.StringVar(&f.httpListen, "http-listen", "", "listen at `ADDR` for the HTTPS data plane's requests over plain HTTP")
	fl.StringVar(&f.certs, "certs", "", "`DIR` of the certificates, made on first use")
	fl.StringVar(&f.policy, "policy", "", "`FILE` with the AWS IoT policy document to enforce")
	fl.StringVar(&f.state, "state", "", "`FILE` in which shadows and retained messages survive")
	fl.BoolVar(&f.stateSync, "state-sync", false, "wait for the disk before an update is answered")
	fl.BoolVar(&f.strict, "strict", true, "apply AWS's limits; --strict=false only warns")
	fl.BoolVar(&f.testClock, "test-clock", false, "let POST /_thingdeck/clock?seconds=N on the HTTP listener move the clock")
	fl.IntVar(&f.depth, "shadow-depth", 6, "levels of keys that a section of a shadow may have: `N`")
	fl.IntVar(&f.size, "shadow-size", 8192, "bytes that a shadow's desired and reported may have together: `N`")
	fl.Int64Var(&f.firstVersion, "first-version", 1, "version of a shadow that is new or was deleted 48 hours ago: `N`")
}

func rootCommand(status *int) *cobra.Command {
	var f flags
	root := &cobra.Command{
		Use:           "thingdeck",
		Short:         "A terminal MQTT test client for AWS IoT",
		Long:          "Thingdeck is a terminal MQTT test client for AWS IoT: subscriptions, a live message log, a publish composer and a\nshadow editor in one window. Without --broker it starts a local AWS IoT of its own and connects to that.",
		Version:       programVersion(),
		Args:          noArguments,
		SilenceErrors: true, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if f.broker != "" {
				if name := changedOf(cmd.Flags(), localNames()); name != "" {
					return usagef("--%s is for the local AWS IoT: leave out --broker, or use thingdeck serve", name)
				}
			}
			*status, err = openClient(f, cmd.Flags().Changed("listen"))
			return err
		},
	}
	root.SetVersionTemplate("thingdeck {{.Version}}\n")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.CompletionOptions.DisableDefaultCmd = true
	fl := root.Flags()
	fl.SortFlags = false
	fl.StringVar(&f.broker, "broker", "", "connect to the broker at `URL`, mqtt://host[:1883]; without it to a local AWS IoT")
	fl.StringArrayVarP(&f.subscribe, "subscribe", "t", nil, "subscribe to `FILTER` at start; repeatable; FILTER@1 asks for QoS 1")
	fl.StringVar(&f.thing, "thing", "", "open the shadow pane on the thing of this `NAME`")
	fl.StringVar(&f.shadow, "shadow", "", "open the shadow pane on the thing's named shadow of this `NAME`")
	fl.StringVar(&f.clientID, "client-id", "", "client `ID`; without it one is made up")
	fl.BoolVar(&f.noSimulate, "no-simulate", false, "local, without the simulated thing")
	fl.StringVar(&f.log, "log", "", "write a log to `FILE`")
	f.local.add(fl)
	root.AddCommand(serveCommand())
	return root
}

// localNames are the flags that only the local AWS IoT has.
func localNames() *pflag.FlagSet {
	var f localFlags
	fl := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.add(fl)
	fl.Bool("no-simulate", false, "")
	return fl
}

// changedOf is the first of the names that the user gave, or "".
func changedOf(given, names *pflag.FlagSet) (name string) {
	names.VisitAll(func(fl *pflag.Flag) {
		if name == "" && given.Changed(fl.Name) {
			name = fl.Name
		}
	})
	return name
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("unknown command or argument %q: see %s --help", args[0], cmd.CommandPath())
	}
	return nil
}

func programVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

func serveCommand() *cobra.Command {
	var f localFlags
	serve := &cobra.Command{
		Use:   "serve",
		Short: "Run only the local AWS IoT: broker and shadow service, no screen",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			opt, err := f.options()
			if err != nil {
				return err
			}
			return local.Serve(ctx, opt, os.Stdout, os.Stderr)
		},
	}
	serve.Flags().SortFlags = false
	f.add(serve.Flags())
	serve.Flags().StringVar(&f.simulate, "simulate", "", "simulate a thing of this `NAME`")
	return serve
}

// options says what to start; Prepare joins the broker and the shadow service.
func (f localFlags) options() (local.ServeOptions, error) {
	switch {
	case f.depth < 1:
		return local.ServeOptions{}, usagef("--shadow-depth: at least 1, not %d", f.depth)
	case f.size < 1:
		return local.ServeOptions{}, usagef("--shadow-size: at least 1, not %d", f.size)
	case f.firstVersion < 0:
		return local.ServeOptions{}, usagef("--first-version: at least 0, not %d", f.firstVersion)
	case (f.tlsListen != "" || f.wssListen != "") && f.certs == "":
		return local.ServeOptions{}, usagef("--tls-listen and --wss-listen need --certs DIR")
	case f.testClock && f.httpListen == "":
		return local.ServeOptions{}, usagef("--test-clock needs --http-listen")
	}
	return local.ServeOptions{
		Options: local.Options{
			Listen: f.listen, TLSListen: f.tlsListen, WSListen: f.wsListen, WSSListen: f.wssListen, HTTPListen: f.httpListen,
			Certs: f.certs, Strict: f.strict, Simulate: f.simulate,
		},
		StateFile: f.state, StateSync: f.stateSync, PolicyFile: f.policy, TestClock: f.testClock,
		Prepare: f.joinShadows,
	}, nil
}

// joinShadows puts the shadow service behind the broker, over MQTT and over HTTP.
func (f localFlags) joinShadows(opt *local.Options) error {
	settings := service.Options{Depth: f.depth, Size: f.size, FirstVersion: &f.firstVersion}
	if opt.State != nil {
		settings.Store = opt.State
	}
	shadows, err := service.New(settings)
	if err != nil {
		return fmt.Errorf("--state %s: %w", f.state, err)
	}
	opt.Shadows = local.ShadowsFunc(func(topic string, payload []byte, now time.Time, publish func(string, []byte)) bool {
		return shadows.HandleTo(topic, payload, now, func(replies []service.Reply) {
			for _, r := range replies {
				publish(r.Topic, r.Payload)
			}
		})
	})
	now, log := opt.Now, opt.Log
	opt.HTTP = func(s *local.Server) http.Handler {
		return shadows.Handler(func(replies []service.Reply) {
			for _, r := range replies {
				if err := s.Answer(r.Topic, r.Payload); err != nil {
					log.Error("publish an answer of the shadow service", "topic", r.Topic, "error", err)
				}
			}
		}, now)
	}
	return nil
}

// openClient is the test client, from flags to the closing line.
func openClient(f flags, listenGiven bool) (status int, err error) {
	conn, err := f.connection()
	if err != nil {
		return 0, err
	}
	if !term.IsTerminal(os.Stdin.Fd()) || !term.IsTerminal(os.Stdout.Fd()) {
		return 0, usagef("standard input and output must be a terminal (lines without a screen, --plain, are not there yet)")
	}
	log, closeLog, err := openLog(f.log)
	if err != nil {
		return 0, err
	}
	defer closeLog()
	deps := ui.Deps{
		Theme: theme.New(theme.Options{Profile: termenv.ColorProfile()}), Keys: keymap.Default(), Now: time.Now,
	}
	if conn.Profile.Broker == (client.Broker{}) {
		var notices local.Notices
		deps.Notices = notices.Take
		server, err := f.startLocal(&conn, listenGiven, log, notices.Add)
		if err != nil {
			return 0, err
		}
		defer server.Close()
	}
	wake := make(chan struct{}, 1)
	conn.Session = client.NewSession(wake, client.Settings{})
	defer closeSession(conn.Session, log)
	deps.Wake, deps.Connection = wake, conn
	summary, status, err := ui.Run(deps, log, os.Stdin, os.Stdout)
	if err == nil {
		fmt.Println(closingLine(summary))
	}
	return status, err
}

// connection reads the flags into what the first tab starts with; the broker is empty for the local one.
func (f flags) connection() (ui.Connection, error) {
	c := ui.Connection{Thing: f.thing, Shadow: f.shadow, MaxQoS: 2}
	c.Profile.ClientID = f.clientID
	if f.broker != "" {
		b, err := client.ParseBroker(f.broker)
		if err != nil {
			return c, usagef("--broker: %w", err)
		}
		c.Profile.Broker = b
		if err := c.Profile.Check(); err != nil {
			return c, usageError{err}
		}
	}
	for _, text := range f.subscribe {
		s, err := client.ParseSubscription(text)
		if err != nil {
			return c, usagef("--subscribe %q: %w", text, err)
		}
		c.Subscribe = append(c.Subscribe, s)
	}
	if f.shadow != "" && f.thing == "" && f.broker != "" {
		return c, usagef("--shadow needs --thing")
	}
	return c, nil
}

// simulated is the thing that lives in the local AWS IoT unless told otherwise.
const simulated = "lamp"

// startLocal starts the local AWS IoT and points the connection at it.
func (f flags) startLocal(conn *ui.Connection, listenGiven bool, log *slog.Logger, notice func(local.Notice)) (*local.Server, error) {
	if !f.noSimulate {
		f.local.simulate = simulated
		if conn.Thing == "" {
			conn.Thing = simulated
		}
	}
	opt, err := f.local.options()
	if err != nil {
		return nil, err
	}
	opt.Log, opt.Notice = log, notice
	server, err := local.Open(context.Background(), opt)
	if errors.Is(err, syscall.EADDRINUSE) && !listenGiven {
		opt.Listen = "127.0.0.1:0"
		server, err = local.Open(context.Background(), opt)
	}
	if err != nil {
		return nil, err
	}
	if conn.Profile.Broker, err = client.ParseBroker(server.Listeners()[0]); err != nil {
		server.Close()
		return nil, err
	}
	conn.Label, conn.MaxQoS = "local", 1
	if len(conn.Subscribe) == 0 {
		all, err := client.ParseSubscription("#")
		if err != nil {
			server.Close()
			return nil, err
		}
		conn.Subscribe = append(conn.Subscribe, all)
	}
	return server, nil
}

// closeSession lets the session say goodbye to the broker, for a moment at most.
func closeSession(s *client.Session, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		log.Warn("close the connection", "error", err)
	}
}

// openLog opens the log for appending, readable by the user alone; without a name nothing is logged.
func openLog(name string) (log *slog.Logger, done func(), err error) {
	if name == "" {
		return slog.New(slog.DiscardHandler), func() {}, nil
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("--log: %w", err)
	}
	return slog.New(slog.NewTextHandler(io.Writer(file), nil)), func() { _ = file.Close() }, nil
}

// closingLine is what the restored terminal shows.
func closingLine(s ui.Summary) string {
	d := int(s.Connected.Seconds())
	return fmt.Sprintf("connected %d:%02d:%02d  received %d  dropped %d  evicted %d  published %d",
		d/3600, d/60%60, d%60, s.Received, s.Dropped, s.Evicted, s.Published)
}
