// Thingdeck is a terminal MQTT test client for AWS IoT that carries a local AWS IoT inside.
package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	// First, because its import path sorts before Bubble Tea's: see the package.
	_ "example.com/thingdeck/ui/background"

	"github.com/charmbracelet/x/term"
	"github.com/muesli/termenv"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/config"
	"example.com/thingdeck/client/history"
	"example.com/thingdeck/client/local"
	"example.com/thingdeck/client/record"
	"example.com/thingdeck/client/store"
	"example.com/thingdeck/client/transport"
	"example.com/thingdeck/client/trigger"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/shadow"
	"example.com/thingdeck/shadow/service"
	"example.com/thingdeck/ui"
	"example.com/thingdeck/ui/connect"
	"example.com/thingdeck/ui/plain"
	"example.com/thingdeck/ui/theme"
)

// version is set by the linker for a release; a build from source says its module's version.
var version = "devel"

func main() { os.Exit(run(os.Args[1:])) }

// run is the program but for the exit: 0 left by the user, 1 failed at run time, 2 wrong usage.
func run(args []string) int {
	status := 0
	root := rootCommand(&status)
	root.SetArgs(args)
	err := root.Execute()
	if err == nil {
		return status
	}
	fmt.Fprintf(os.Stderr, "thingdeck: %v\n", err)
	if usage := (usageError{}); errors.As(err, &usage) {
		return 2
	}
	return 1
}

// usageError is what the user wrote wrong on the command line.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func rootCommand(status *int) *cobra.Command {
	var served local.ServeOptions
	root := &cobra.Command{
		Use:           "thingdeck",
		Short:         "A terminal MQTT test client for AWS IoT",
		Long:          "Thingdeck is a terminal MQTT test client for AWS IoT: subscriptions, a live message log, a publish composer and a\nshadow editor in one window. Without --broker and --profile it starts a local AWS IoT of its own and connects to that.",
		Version:       programVersion(),
		Args:          noArguments,
		SilenceErrors: true, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			*status, err = openClient(cmd.Flags(), served)
			return err
		},
	}
	root.SetVersionTemplate("thingdeck {{.Version}}\n")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.CompletionOptions.DisableDefaultCmd = true
	addFlags(root, &served)
	root.AddCommand(serveCommand(), replayCommand(), configCommand(), keysCommand())
	return root
}

// addFlags adds those of the test client.
func addFlags(cmd *cobra.Command, served *local.ServeOptions) {
	cmd.Flags().SortFlags = false
	config.AddFlags(cmd.Flags())
	served.Flags(cmd.Flags())
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("unknown command or argument %q: see %s --help", args[0], cmd.CommandPath())
	}
	return nil
}

func programVersion() string {
	info, ok := debug.ReadBuildInfo()
	if ok && version == "devel" && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return version
}

func serveCommand() *cobra.Command {
	var opt local.ServeOptions
	serve := &cobra.Command{
		Use:   "serve",
		Short: "Run only the local AWS IoT: broker and shadow service, no screen",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			debug.SetGCPercent(25) // shadows and retained messages are what it holds: collecting often keeps the memory small
			if err := opt.Check(); err != nil {
				return usageError{err}
			}
			opt.Prepare = joinShadows(opt)
			return local.Serve(ctx, opt, os.Stdout, os.Stderr)
		},
	}
	serve.Flags().SortFlags = false
	opt.Flags(serve.Flags())
	serve.Flags().StringVar(&opt.Simulate, "simulate", "", "simulate a thing of this `NAME`")
	return serve
}

func replayCommand() *cobra.Command {
	var replay record.Command
	cmd := &cobra.Command{
		Use:   "replay FILE",
		Short: "Publish a recorded session again, with its timing",
		Long: "Publish the received messages of a record again, with the time between them. Without --broker and --profile they go to the local\n" +
			"AWS IoT that runs at " + local.DefaultListen + ".",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("replay needs the name of one file: thingdeck replay FILE")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			replay.Plan.File = args[0]
			return runReplay(cmd.Flags(), replay)
		},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.Float64Var(&replay.Plan.Speed, "speed", 1, "publish `N` times as fast as recorded; 0 does not wait at all")
	fl.IntVar(&replay.Plan.Loop, "loop", 1, "go through the record `N` times; 0 is for ever")
	fl.StringVar(&replay.Plan.Prefix, "prefix", "", "put `TEXT` before each topic")
	fl.BoolVar(&replay.DryRun, "dry-run", false, "print what would be published, and connect to nothing")
	fl.BoolVar(&replay.Plan.KeepGoing, "keep-going", false, "go on after lines that cannot be read or published, and count them")
	config.AddConnection(fl)
	return cmd
}

func runReplay(given *pflag.FlagSet, replay record.Command) error {
	if replay.Plan.Speed < 0 || replay.Plan.Loop < 0 {
		return usagef("--speed and --loop are 0 or more")
	}
	s, err := readSettings(given)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	conn, err := s.asking(ctx)
	if err != nil {
		return err
	}
	log, closeLog, err := s.start.OpenLog()
	if err != nil {
		return err
	}
	defer closeLog()
	if conn.Profile.Broker == (client.Broker{}) {
		if conn.Profile.Broker, err = client.ParseBroker("mqtt://" + local.DefaultListen); err != nil {
			return err
		}
	}
	if replay.Out = os.Stdout; term.IsTerminal(os.Stderr.Fd()) {
		replay.Live = os.Stderr
	}
	session := client.NewSession(nil, client.Settings{NoIntake: !s.start.Settings.Intake})
	defer closeSession(session, log)
	replay.Connect = func() *client.Session {
		session.Connect(conn.Profile)
		return session
	}
	return replay.Run(ctx)
}

func configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Print the effective configuration and where each setting came from",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := readSettings(cmd.Flags())
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(context.Background(), keyringPatience)
			defer cancel()
			if err := config.Print(os.Stdout, s.start.Items(ctx, s.secrets)); err != nil {
				return err
			}
			_, err = s.connection()
			for _, notice := range s.notices {
				fmt.Fprintf(os.Stderr, "thingdeck: %s\n", notice)
			}
			return err
		},
	}
	addFlags(cmd, &local.ServeOptions{})
	return cmd
}

func keysCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Print the effective key map: actions, keys, what they do",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := config.Read(cmd.Flags(), os.Environ())
			if err != nil {
				return usageError{err}
			}
			keys, err := keyMap(c)
			if err != nil {
				return err
			}
			return keys.Print(os.Stdout)
		},
	}
	config.AddFile(cmd.Flags())
	return cmd
}

// keyringPatience is how long the keyring may take, while its user unlocks it.
const keyringPatience = 20 * time.Second

// settings are what flags, environment and files say.
type settings struct {
	config  *config.Configuration
	start   *config.Effective
	keys    *keymap.Map
	secrets *config.Secrets
	state   string   // the folder of what is remembered
	notices []string // for the event log

	triggers []trigger.Trigger
}

func readSettings(given *pflag.FlagSet) (s settings, err error) {
	c, err := config.Read(given, os.Environ())
	if err != nil {
		return s, usageError{err}
	}
	if s.keys, err = keyMap(c); err != nil {
		return s, err
	}
	if s.start, err = c.Start(); err != nil {
		return s, usageError{err}
	}
	s.config, s.secrets, s.state, s.triggers = c, config.NewSecrets(), c.Folders.State, c.Triggers
	for _, notice := range []error{c.Notice, s.start.Notice} {
		if notice != nil {
			s.notices = append(s.notices, notice.Error())
		}
	}
	return s, nil
}

// keyMap is the default one with the user's changes.
func keyMap(c *config.Configuration) (*keymap.Map, error) {
	keys, err := keymap.Default().With(c.Keys)
	if wrong := (*keymap.BindingError)(nil); errors.As(err, &wrong) {
		return nil, usageError{c.KeyError(wrong.Action, err)}
	}
	return keys, err
}

// joinShadows puts the shadow service behind the broker, over MQTT and over HTTP.
func joinShadows(given local.ServeOptions) func(*local.Options) error {
	return func(opt *local.Options) error {
		settings := service.Options{Depth: given.ShadowDepth, Size: given.ShadowSize, FirstVersion: &given.FirstVersion}
		if opt.State != nil {
			settings.Store = opt.State
		}
		shadows, err := service.New(settings)
		if err != nil {
			return fmt.Errorf("--state %s: %w", given.StateFile, err)
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
}

// openClient is the test client, from flags to the closing line.
func openClient(given *pflag.FlagSet, served local.ServeOptions) (status int, err error) {
	s, err := readSettings(given)
	if err != nil {
		return 0, err
	}
	inside := s.start.Settings.Broker == client.Broker{}
	if name := local.GivenFlag(given); name != "" && !inside {
		return 0, usagef("--%s is for the local AWS IoT, but %s names a broker: leave one out, or use thingdeck serve", name, s.start.Origin("broker"))
	}
	if set := s.start.Settings; set.Shadow != "" && set.Thing == "" && set.Local.NoSimulate {
		return 0, usagef("%s: shadow needs a thing", s.start.Origin("shadow"))
	}
	if s.start.Settings.Plain {
		return 0, s.plain(served)
	}
	kept := store.New(s.state)
	all := &connections{Book: config.NewBook(s.config, s.start, s.secrets), Store: kept, s: &s}
	all.Renamed = kept.Move
	defer all.Close()
	conn, err := all.first()
	if err != nil {
		return 0, err
	}
	if !term.IsTerminal(os.Stdin.Fd()) || !term.IsTerminal(os.Stdout.Fd()) {
		return 0, usagef("standard input and output must be a terminal; --plain prints messages as lines, without a screen")
	}
	log, closeLog, err := s.start.OpenLog()
	if err != nil {
		return 0, err
	}
	defer closeLog()
	var heard local.Notices
	wake := make(chan struct{}, 1)
	all.local = sync.OnceValues(func() (*local.Server, error) { return s.startLocal(served, log, heard.Add) })
	defer all.stop()
	if err := all.settle(&conn); err != nil {
		return 0, err
	}
	if path := s.start.Settings.Record; path != "" {
		if conn.Recording, err = (files{}).Record(path); err != nil {
			return 0, fmt.Errorf("%s: %w", s.start.Origin("record"), err)
		}
	}
	deps := ui.Deps{
		NoMouse: !s.start.Settings.Mouse,
		Theme:   theme.New(theme.Options{Profile: termenv.EnvColorProfile(), ASCII: s.start.Settings.ASCII}),
		Keys:    s.keys, Now: time.Now, Wake: wake, Memory: memory{kept}, Subscriptions: kept, Drafts: kept, Files: files{}, Filters: kept, Schemas: &s.config.Schemas,
		Connection: conn, Connections: all,
		NewSession: func() *client.Session {
			return client.NewSession(wake, client.Settings{NoIntake: !s.start.Settings.Intake})
		},
		Triggers: func(session *client.Session) *trigger.Engine { return trigger.New(session, time.Now, wake, s.triggers) },
		Notices: func() []string {
			first := s.notices
			s.notices = nil
			return append(first, heard.Take()...)
		},
	}
	summary, status, err := ui.Run(deps, log, os.Stdin, os.Stdout)
	if err == nil {
		fmt.Println(summary)
		if summary.Never != "" {
			fmt.Fprintf(os.Stderr, "thingdeck: %s\n", summary.Never)
		}
	}
	return status, err
}

// plain is the test client without a screen. Where standard output is no terminal, lines are those of a record.
func (s *settings) plain(served local.ServeOptions) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	conn, err := s.asking(ctx)
	if err != nil {
		return err
	}
	log, closeLog, err := s.start.OpenLog()
	if err != nil {
		return err
	}
	defer closeLog()
	for _, notice := range s.notices {
		fmt.Fprintf(os.Stderr, "thingdeck: %s\n", notice)
	}
	if (conn.Profile.Broker == client.Broker{}) {
		server, err := s.startLocal(served, log, func(local.Notice) {})
		if err != nil {
			return err
		}
		defer server.Close()
		if err := s.inside(&conn, server); err != nil {
			return err
		}
	}
	if len(conn.Subscribe) == 0 {
		conn.Subscribe = conn.Otherwise
	}
	for _, t := range s.triggers { // what comes for them is printed too
		if !t.Off && !slices.ContainsFunc(conn.Subscribe, func(o client.Subscription) bool { return o.Filter == t.Filter }) {
			conn.Subscribe = append(conn.Subscribe, client.Subscription{Filter: t.Filter, QoS: min(t.QoS, conn.MaxQoS)})
		}
	}
	if len(conn.Subscribe) == 0 {
		return usagef("--plain prints what is subscribed to: name it with --subscribe FILTER")
	}
	signal.Ignore(syscall.SIGPIPE)
	session := client.NewSession(nil, client.Settings{NoIntake: !s.start.Settings.Intake})
	defer closeSession(session, log)
	o := plain.Options{Session: session, Profile: conn.Profile, Subscribe: conn.Subscribe, Line: record.Append, Out: os.Stdout, Err: os.Stderr}
	if len(s.triggers) > 0 {
		signalled := make(chan struct{}, 1)
		o.Triggers, o.Signalled, o.Bell = trigger.New(session, time.Now, signalled, s.triggers), signalled, term.IsTerminal(os.Stderr.Fd())
		defer o.Triggers.Close()
	}
	if term.IsTerminal(os.Stdout.Fd()) {
		o.Line = plain.Line
	}
	if path := s.start.Settings.Record; path != "" {
		r, err := record.Create(path)
		if err != nil {
			return fmt.Errorf("%s: %w", s.start.Origin("record"), err)
		}
		defer r.Close()
		o.Taken = func(b client.Batch) {
			r.Batch(b, func(client.RequestID) (client.Message, bool) { return client.Message{}, false })
		}
	}
	summary, err := plain.Run(ctx, o)
	fmt.Fprintln(os.Stderr, summary)
	return err
}

// asking is the first connection, of a command without a screen: what it lacks is asked for where somebody can answer.
func (s *settings) asking(ctx context.Context) (ui.Connection, error) {
	if !term.IsTerminal(os.Stdin.Fd()) || !term.IsTerminal(os.Stderr.Fd()) {
		return s.connection()
	}
	if _, err := s.start.Unsupported(); err != nil {
		return ui.Connection{}, usageError{err}
	}
	for answers := (config.Answers{}); ; {
		waiting, cancel := context.WithTimeout(ctx, keyringPatience)
		_, _, err := s.start.Open(waiting, s.secrets, answers)
		cancel()
		var needed *config.Needed
		if !errors.As(err, &needed) {
			s.start = s.start.With(answers)
			return s.connection()
		}
		if needed.Wrong != "" {
			fmt.Fprintf(os.Stderr, "thingdeck: %s\n", needed.Wrong)
		}
		text, err := plain.Ask(ctx, os.Stdin, os.Stderr, needed.Text)
		if err != nil {
			return ui.Connection{}, fmt.Errorf("%w: %w", needed, err)
		}
		answers[needed.Name] = transport.NewSecret(text)
	}
}

// connection is the first one as it stands; the broker is empty for the local one.
func (s *settings) connection() (ui.Connection, error) {
	notices, err := s.start.Unsupported()
	if err != nil {
		return ui.Connection{}, usageError{err}
	}
	ctx, cancel := context.WithTimeout(context.Background(), keyringPatience)
	defer cancel()
	profile, more, err := s.start.Connect(ctx, s.secrets)
	if err != nil {
		return ui.Connection{}, usageError{err}
	}
	s.notices = slices.Concat(s.notices, notices, more)
	return connectionOf(s.start, profile), nil
}

// connectionOf is a connection with what the settings say beside how to connect.
func connectionOf(e *config.Effective, profile client.Profile) ui.Connection {
	set := e.Settings
	c := ui.Connection{
		Profile: profile, Name: set.Profile, Label: set.Profile, Unsaved: set.Profile == "" && set.Broker != client.Broker{},
		Limits: history.Limits{Messages: set.Keep, Bytes: set.KeepBytes}, MaxQoS: 2,
		Subscribe: set.Subscribe, Thing: set.Thing, Shadow: set.Shadow, Fresh: set.Fresh, NewestFirst: set.NewestFirst,
	}
	if set.AWSLimits {
		c.MaxQoS = 1
	}
	return c
}

// connections are the saved ones as the screen knows them: a ui.Connections.
type connections struct {
	*config.Book
	*store.Store
	s       *settings
	local   func() (*local.Server, error) // starts the local AWS IoT, once
	running atomic.Pointer[local.Server]
}

// first is what the first tab starts with, to be settled.
func (c *connections) first() (ui.Connection, error) {
	notices, err := c.s.start.Unsupported()
	if err != nil {
		return ui.Connection{}, usageError{err}
	}
	set := c.s.start.Settings
	ctx, cancel := context.WithTimeout(context.Background(), keyringPatience)
	defer cancel()
	conn, err := c.ready(ctx, c.s.start, nil)
	var needed *ui.Needed
	if errors.As(err, &needed) {
		conn, err = connectionOf(c.s.start, client.Profile{Broker: set.Broker, ClientID: set.ClientID}), nil
		conn.Asks = needed
		conn.Open = func(ctx context.Context, answers map[string]string) (ui.Connection, error) {
			return c.open(ctx, c.s.start, answers)
		}
	}
	conn.Notices = append(notices, conn.Notices...)
	return conn, err
}

// open makes a connection ready and settles it.
func (c *connections) open(ctx context.Context, e *config.Effective, answers map[string]string) (ui.Connection, error) {
	conn, err := c.ready(ctx, e, answers)
	if err == nil {
		err = c.settle(&conn)
	}
	return conn, err
}

// ready reads what a connection needs: its secrets and files.
func (c *connections) ready(ctx context.Context, e *config.Effective, answers map[string]string) (ui.Connection, error) {
	profile, notices, err := c.Book.Open(ctx, e, config.ToldAnswers(answers))
	var needed *config.Needed
	if errors.As(err, &needed) {
		return ui.Connection{}, &ui.Needed{Name: string(needed.Name), Text: needed.Text, Wrong: needed.Wrong}
	}
	if err != nil {
		return ui.Connection{}, usageError{err}
	}
	conn := connectionOf(e, profile)
	conn.Notices = notices
	conn.Open = func(ctx context.Context, answers map[string]string) (ui.Connection, error) {
		return c.open(ctx, e, answers)
	}
	return conn, nil
}

// settle starts the local AWS IoT where that is what a connection is to, and makes this process the one that keeps its drafts and
// tabs, or says which does.
func (c *connections) settle(conn *ui.Connection) error {
	if (conn.Profile.Broker == client.Broker{}) {
		server, err := c.local()
		if err != nil {
			return err
		}
		c.running.Store(server)
		if err := c.s.inside(conn, server); err != nil {
			return err
		}
	}
	if err := c.Own(conn.Key()); err != nil {
		conn.Shared = true
		conn.Notices = append(conn.Notices, err.Error()+": drafts, subscriptions and tabs are not kept here")
	}
	return nil
}

func (c *connections) stop() {
	if server := c.running.Load(); server != nil {
		server.Close()
	}
}

func (c *connections) Open(ctx context.Context, name string, answers map[string]string) (ui.Connection, error) {
	e, err := c.Effective(name)
	if err != nil {
		return ui.Connection{}, err
	}
	if _, err := e.Unsupported(); err != nil {
		return ui.Connection{}, err
	}
	return c.open(ctx, e, answers)
}

func (c *connections) Keep(ctx context.Context, name string, answers map[string]string) (string, error) {
	return c.Book.Keep(ctx, name, config.ToldAnswers(answers))
}

func (c *connections) List() ([]connect.Entry, error) {
	found, err := c.Book.List()
	all, mark := make([]connect.Entry, len(found)), c.Default()
	for i, e := range found {
		all[i] = connect.Entry{Name: e.Name, Kind: string(e.Profile.Kind()), Default: e.Name == mark}
		if e.Err != nil {
			all[i].Wrong = e.Err.Error()
			continue
		}
		all[i].Endpoint, all[i].Auth = c.Describe(e.Profile)
	}
	return all, err
}

func (c *connections) New(kind string) connect.Draft { return c.Book.New(config.Kind(kind)) }

func (c *connections) Unsaved() (connect.Entry, connect.Draft) {
	d := c.Book.Unsaved()
	if d == nil {
		return connect.Entry{}, nil
	}
	set := c.s.start.Settings
	return connect.Entry{Unsaved: true, Kind: d.Kind(), Endpoint: set.Broker.String(), Auth: string(set.Auth)}, d
}

func (c *connections) Edit(name string) (connect.Draft, error) { return c.Book.Edit(name) }

func (c *connections) CheckName(name string) error { return config.CheckName(name) }

func (c *connections) Complete(path string) []string { return config.Complete(path) }

func (c *connections) Fields() (all []connect.Field) {
	for _, f := range config.Fields() {
		all = append(all, connect.Field(f))
	}
	return all
}

// simulated is the thing that lives in the local AWS IoT unless told otherwise.
const simulated = "lamp"

// startLocal starts the local AWS IoT.
func (s *settings) startLocal(opt local.ServeOptions, log *slog.Logger, notice func(local.Notice)) (*local.Server, error) {
	set := s.start.Settings.Local
	opt.Listen, opt.TLSListen, opt.WSListen, opt.WSSListen, opt.HTTPListen = set.Listen, set.TLSListen, set.WSListen, set.WSSListen, set.HTTPListen
	opt.Certs, opt.PolicyFile, opt.StateFile, opt.StateSync, opt.Strict = set.Certs, set.Policy, set.State, set.StateSync, set.Strict
	opt.ShadowDepth, opt.ShadowSize, opt.FirstVersion = set.Depth, set.Size, set.FirstVersion
	if err := opt.Check(); err != nil {
		return nil, usageError{err}
	}
	if !set.NoSimulate {
		opt.Simulate = simulated
	}
	opt.Log, opt.Notice, opt.Prepare = log, notice, joinShadows(opt)
	server, err := local.Open(context.Background(), opt)
	if errors.Is(err, syscall.EADDRINUSE) && !s.start.Given("listen") {
		opt.Listen = "127.0.0.1:0"
		server, err = local.Open(context.Background(), opt)
	}
	return server, err
}

// inside points a connection at the local AWS IoT.
func (s *settings) inside(conn *ui.Connection, server *local.Server) (err error) {
	if conn.Profile.Broker, err = client.ParseBroker(server.Listeners()[0]); err != nil {
		return err
	}
	set := s.start.Settings.Local
	if !set.NoSimulate && conn.Thing == "" {
		conn.Thing = simulated
	}
	if conn.Label == "" {
		conn.Label = "local"
	}
	conn.MaxQoS = 1
	if set.Strict {
		conn.Profile.Limits = client.AWSLimits()
	}
	if len(conn.Subscribe) == 0 {
		all, err := client.ParseSubscription("#")
		conn.Otherwise = append(conn.Otherwise, all)
		return err
	}
	return nil
}

// closeSession lets the session say goodbye to the broker, for a moment at most.
func closeSession(s *client.Session, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		log.Warn("close the connection", "error", err)
	}
}

// files are the user's files: a ui.Files.
type files struct{}

func (files) Record(path string) (ui.Recording, error) {
	r, err := record.Create(config.Expand(path))
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (files) Export(ctx context.Context, path, format string, overwrite bool, messages iter.Seq[history.Message], progress func(int)) (int, error) {
	return record.Export(ctx, config.Expand(path), record.Format(format), overwrite, messages, progress)
}

// memory is the state folder as the screen knows it: a ui.Memory.
type memory struct{ *store.Store }

func (m memory) Recall(connection string) (recents, favourites []shadow.Name, err error) {
	kept, err := m.Shadows(connection)
	return names(kept.Recents), names(kept.Favourites), err
}

func (m memory) Remember(generation uint64, connection string, recents, favourites []shadow.Name) error {
	return m.SaveShadows(generation, connection, store.Shadows{Recents: kept(recents), Favourites: kept(favourites)})
}

func names(shadows []store.Shadow) (out []shadow.Name) {
	for _, s := range shadows {
		out = append(out, shadow.Name(s))
	}
	return out
}

func kept(names []shadow.Name) (out []store.Shadow) {
	for _, n := range names {
		out = append(out, store.Shadow(n))
	}
	return out
}
