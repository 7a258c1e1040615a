package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/zalando/go-keyring"

	"example.com/thingdeck/client/transport"
)

// service names thingdeck's secrets in the keyring.
const service = "thingdeck"

// ErrNoKeyring is what errors of Secrets are when the system has no keyring that can be used.
var ErrNoKeyring = errors.New("no keyring")

// Where says where a secret is.
type Where int

// Where a secret may be.
const (
	Nowhere Where = iota
	InKeyring
	InMemory
)

func (w Where) String() string {
	return [...]string{"nowhere", "keyring", "memory, until thingdeck ends"}[w]
}

// Secrets keeps the secrets of profiles in the keyring of the system, and where there is none or it fails, in memory.
// It never writes a file. Its methods may be called by any goroutine; they wait for the keyring, which may itself wait
// for the user to unlock it, at most as long as ctx: not to be called from the goroutine that draws.
type Secrets struct {
	reachable func() error
	turn      chan struct{} // held while the keyring is asked, by one at a time

	mu     sync.Mutex
	memory map[string]transport.Secret
	lost   bool // a caller gave up waiting, and the keyring has not answered yet
}

// NewSecrets uses the keyring of the system.
func NewSecrets() *Secrets {
	return &Secrets{reachable: reachable, turn: make(chan struct{}, 1), memory: map[string]transport.Secret{}}
}

// reachable keeps the library from starting a D-Bus daemon of its own, which would outlive the program.
func reachable() error {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return nil
	}
	if a := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); a != "" && a != "autolaunch:" {
		return nil
	}
	for _, name := range []string{"bus", "dbus-session"} {
		if _, err := os.Stat(filepath.Join("/run/user", fmt.Sprint(os.Getuid()), name)); err == nil {
			return nil
		}
	}
	return errors.New("there is no D-Bus session")
}

func account(profile string, name SecretName) string { return profile + "/" + string(name) }

// Set keeps a secret and says where; an empty one removes it. When it is kept in memory only, why says what the keyring
// lacks: to be shown, and no failure.
func (s *Secrets) Set(ctx context.Context, profile string, name SecretName, secret transport.Secret) (where Where, why error) {
	id := account(profile, name)
	if secret.Empty() {
		return Nowhere, s.remove(ctx, id)
	}
	err := s.ask(ctx, func() error { return keyring.Set(service, id, secret.Reveal()) })
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		delete(s.memory, id)
		return InKeyring, nil
	}
	s.memory[id] = secret
	return InMemory, without(err, secret)
}

// without makes sure that no keyring's error holds the secret.
func without(err error, secret transport.Secret) error {
	if !strings.Contains(err.Error(), secret.Reveal()) {
		return err
	}
	return errors.New(strings.ReplaceAll(err.Error(), secret.Reveal(), hidden))
}

// Get is a secret and where it is. One that is not there is empty without an error; err says that the keyring could not
// be asked, and is ErrNoKeyring when there is none.
func (s *Secrets) Get(ctx context.Context, profile string, name SecretName) (transport.Secret, Where, error) {
	id := account(profile, name)
	s.mu.Lock()
	secret, ok := s.memory[id]
	s.mu.Unlock()
	if ok {
		return secret, InMemory, nil
	}
	answer := make(chan string, 1)
	err := s.ask(ctx, func() error {
		text, err := keyring.Get(service, id)
		answer <- text
		return err
	})
	switch {
	case errors.Is(err, keyring.ErrNotFound):
		return transport.Secret{}, Nowhere, nil
	case err != nil:
		return transport.Secret{}, Nowhere, err
	}
	if secret = transport.NewSecret(<-answer); secret.Empty() {
		return transport.Secret{}, Nowhere, nil
	}
	return secret, InKeyring, nil
}

func (s *Secrets) remove(ctx context.Context, id string) error {
	s.mu.Lock()
	delete(s.memory, id)
	s.mu.Unlock()
	err := s.ask(ctx, func() error { return keyring.Delete(service, id) })
	if errors.Is(err, keyring.ErrNotFound) || errors.Is(err, ErrNoKeyring) {
		return nil
	}
	return err
}

// Forget removes all secrets of a profile.
func (s *Secrets) Forget(ctx context.Context, profile string) error {
	var errs []error
	for _, name := range secretNames() {
		errs = append(errs, s.remove(ctx, account(profile, name)))
	}
	return errors.Join(errs...)
}

// Rename moves the secrets of a profile to its new name. What could not be moved stays under the old one.
func (s *Secrets) Rename(ctx context.Context, profile, as string) error {
	var errs []error
	for _, name := range secretNames() {
		secret, _, err := s.Get(ctx, profile, name)
		if err != nil && !errors.Is(err, ErrNoKeyring) {
			errs = append(errs, err)
		}
		if secret.Empty() {
			continue
		}
		if where, _ := s.Set(ctx, as, name, secret); where != Nowhere {
			errs = append(errs, s.remove(ctx, account(profile, name)))
		}
	}
	return errors.Join(errs...)
}

// ask calls the keyring. The library knows no context, so a call whose caller gave up goes on until the system answers;
// until then the keyring counts as silent, and Close waits for it.
func (s *Secrets) ask(ctx context.Context, call func() error) error {
	if err := s.reachable(); err != nil {
		return fmt.Errorf("%w: %w", ErrNoKeyring, err)
	}
	s.mu.Lock()
	lost := s.lost
	s.mu.Unlock()
	if lost {
		return fmt.Errorf("%w: it does not answer", ErrNoKeyring)
	}
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("ask the keyring: %w", ctx.Err())
	}
	done := make(chan error, 1)
	go func() {
		err := protect(call)
		s.mu.Lock()
		s.lost = false
		<-s.turn
		s.mu.Unlock()
		done <- err
	}()
	select {
	case err := <-done:
		return keyringError(err)
	case <-ctx.Done():
		s.giveUp()
		return fmt.Errorf("ask the keyring: %w", ctx.Err())
	}
}

// giveUp marks the keyring as silent unless it answered this very moment.
func (s *Secrets) giveUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = len(s.turn) == 1
}

// protect turns a panic of the library, which trusts the shape of what D-Bus answers, into an error.
func protect(call func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("it answered nonsense")
		}
	}()
	return call()
}

func keyringError(err error) error {
	if err == nil || errors.Is(err, keyring.ErrNotFound) || errors.Is(err, keyring.ErrSetDataTooBig) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrNoKeyring, err)
}

// Close forgets what is in memory and waits for a call that goes on, at most as long as ctx.
func (s *Secrets) Close(ctx context.Context) error {
	s.mu.Lock()
	clear(s.memory)
	s.mu.Unlock()
	select {
	case s.turn <- struct{}{}:
		<-s.turn
		return nil
	case <-ctx.Done():
		return fmt.Errorf("close the keyring: %w", ctx.Err())
	}
}
