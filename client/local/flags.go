package local

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"
)

// Flags adds the flags of "thingdeck serve" to fl, all but --simulate, and puts their defaults into o.
func (o *ServeOptions) Flags(fl *pflag.FlagSet) {
	fl.StringVar(&o.Listen, "listen", DefaultListen, "where the local broker listens for MQTT: `ADDR`")
	fl.StringVar(&o.TLSListen, "tls-listen", "", "listen at `ADDR` for MQTT over TLS with client certificates; needs --certs")
	fl.StringVar(&o.WSListen, "ws-listen", "", "listen at `ADDR` for MQTT over WebSocket, path /mqtt")
	fl.StringVar(&o.WSSListen, "wss-listen", "", "listen at `ADDR` for MQTT over WebSocket with TLS, path /mqtt; needs --certs")
	fl.StringVar(&o.HTTPListen, "http-listen", "", "listen at `ADDR` for what the AWS CLI asks (aws iot-data, aws iot), over plain HTTP")
	fl.StringVar(&o.Certs, "certs", "", "`DIR` of the certificates, made on first use; its CA signs those asked for over HTTP")
	fl.StringVar(&o.PolicyFile, "policy", "", "`FILE` with the AWS IoT policy to enforce on clients without a registered certificate")
	fl.StringVar(&o.StateFile, "state", "", "`FILE` in which shadows, retained messages, things, certificates and policies survive")
	fl.BoolVar(&o.StateSync, "state-sync", false, "wait for the disk before an update is answered")
	fl.BoolVar(&o.Strict, "strict", true, "apply AWS's limits; --strict=false only warns")
	fl.BoolVar(&o.TestClock, "test-clock", false, "let POST /_thingdeck/clock?seconds=N on the HTTP listener move the clock")
	fl.IntVar(&o.ShadowDepth, "shadow-depth", 6, "levels of keys that a section of a shadow may have: `N`")
	fl.IntVar(&o.ShadowSize, "shadow-size", 8192, "bytes that a shadow's desired and reported may have together: `N`")
	fl.Int64Var(&o.FirstVersion, "first-version", 1, "version of a shadow that is new or was deleted 48 hours ago: `N`")
}

// Check says which flags are out of range or lack another. It opens nothing. The error names the flag.
func (o *ServeOptions) Check() error {
	switch {
	case o.ShadowDepth < 1:
		return fmt.Errorf("--shadow-depth: at least 1, not %d", o.ShadowDepth)
	case o.ShadowSize < 1:
		return fmt.Errorf("--shadow-size: at least 1, not %d", o.ShadowSize)
	case o.FirstVersion < 0:
		return fmt.Errorf("--first-version: at least 0, not %d", o.FirstVersion)
	case (o.TLSListen != "" || o.WSSListen != "") && o.Certs == "":
		return errors.New("--tls-listen and --wss-listen need --certs DIR")
	case o.TestClock && o.HTTPListen == "":
		return errors.New("--test-clock needs --http-listen")
	}
	return nil
}

// GivenFlag is the first flag in given that only the local AWS IoT has, without its dashes; "" when the user gave none.
func GivenFlag(given *pflag.FlagSet) (name string) {
	own := pflag.NewFlagSet("", pflag.ContinueOnError)
	new(ServeOptions).Flags(own)
	given.Visit(func(f *pflag.Flag) {
		if name == "" && (own.Lookup(f.Name) != nil || f.Name == "no-simulate") {
			name = f.Name
		}
	})
	return name
}
