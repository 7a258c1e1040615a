package config

import "github.com/spf13/pflag"

// AddFlags adds the flags of the test client to fl, all but those of the local AWS IoT. They are texts, which Flags
// checks, so that a flag is refused in the same words as a key of a file.
func AddFlags(fl *pflag.FlagSet) {
	fl.String("broker", "", "connect to the broker at `URL`: mqtt, mqtts, ws or wss://host[:port]; without it to a local AWS IoT")
	fl.String("profile", "", "connect as the profile of this `NAME` says")
	fl.StringArrayP("subscribe", "t", nil, "subscribe to `FILTER` at start; repeatable; FILTER@1 asks for QoS 1")
	fl.String("thing", "", "open the shadow pane on the thing of this `NAME`")
	fl.String("shadow", "", "open the shadow pane on the thing's named shadow of this `NAME`")
	fl.String("client-id", "", "client `ID`; without it one is made up")
	fl.String("username", "", "user `NAME`; the password comes from THINGDECK_PASSWORD or a profile's keyring entry")
	fl.String("ca", "", "`FILE` with the certificates that the broker's must be signed by; without it the system's")
	fl.String("cert", "", "`FILE` with the client certificate")
	fl.String("key", "", "`FILE` with its private key; its password comes from THINGDECK_KEY_PASSWORD or the keyring")
	fl.String("alpn", "", "ask for the protocol of this `NAME` in TLS")
	fl.Bool("insecure", false, "do not verify the broker's certificate")
	fl.String("auth", "", "authenticate by `WAY`: x509, sigv4, custom, password or none; guessed from the rest when absent")
	fl.String("aws-profile", "", "sign with the credentials of the AWS profile of this `NAME`")
	fl.String("region", "", "AWS region of this `NAME`, where the endpoint does not tell it")
	fl.String("authorizer", "", "`NAME` of AWS IoT's custom authorizer")
	fl.String("token-key", "", "`NAME` of the custom authorizer's token, which comes from THINGDECK_TOKEN and THINGDECK_TOKEN_SIGNATURE")
	fl.String("keep-alive", "30", "`SECONDS` of silence after which the connection is probed, such as 30 or 20m")
	fl.String("mqtt", "3.1.1", "`VERSION` of the protocol; 5 is not there yet")
	fl.Bool("persistent", false, "ask the broker to keep the session while away")
	fl.String("keep", "1000000", "messages that the history holds: `N`")
	fl.String("keep-bytes", "256MiB", "bytes that the history holds: `SIZE`")
	fl.Bool("fresh", false, "do not subscribe to what was subscribed at the last time")
	fl.Bool("ascii", false, "draw without box drawing characters")
	fl.Bool("no-mouse", false, "leave the mouse to the terminal")
	fl.Bool("plain", false, "no screen: messages as lines, in JSON where standard output is no terminal")
	fl.Bool("no-simulate", false, "local, without the simulated thing")
	fl.String("record", "", "record what goes over the connection to a new `FILE`, from the start")
	AddFile(fl)
	fl.String("log", "", "write a log to `FILE`")
}

// AddConnection adds the flags that say how to connect, and no others of AddFlags but --config and --log.
func AddConnection(fl *pflag.FlagSet) {
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	all.SortFlags = false
	AddFlags(all)
	all.VisitAll(func(f *pflag.Flag) {
		s, _ := findSetting(f.Name)
		connects := s.own && s.name != "subscribe" && s.name != "thing" && s.name != "shadow"
		if connects || f.Name == "config" || f.Name == "log" {
			fl.AddFlag(f)
		}
	})
}

// AddFile adds the flag that names the configuration file, for FindFolders.
func AddFile(fl *pflag.FlagSet) {
	fl.String("config", "", "read `FILE` in place of config.toml in the configuration folder")
}

// Flags takes the flags that the user gave. Those that are no settings, such as --config, it leaves to others. The error
// names the flag.
func Flags(given *pflag.FlagSet) (Values, error) {
	var v Values
	var wrong error
	given.Visit(func(f *pflag.Flag) {
		texts := []string{f.Value.String()}
		if many, ok := f.Value.(pflag.SliceValue); ok {
			texts = many.GetSlice()
		}
		if _, err := v.SetFlag(f.Name, texts...); err != nil && wrong == nil {
			wrong = err
		}
	})
	return v, wrong
}

// Read is Flags, FindFolders and Load, for flags that AddFlags or AddFile added.
func Read(given *pflag.FlagSet, environ []string) (*Configuration, error) {
	flags, err := Flags(given)
	if err != nil {
		return nil, err
	}
	file, err := given.GetString("config")
	if err != nil {
		return nil, err
	}
	folders, err := FindFolders(environ, file)
	if err != nil {
		return nil, err
	}
	return Load(folders, flags, environ)
}
