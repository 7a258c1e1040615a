package sigv4

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/smithy-go/logging"
)

// Chain finds credentials as AWS's own tools do: environment, shared configuration and credentials files, SSO, roles,
// web identity, a process, containers. Those that expire are kept until five minutes before; others are read anew by
// every Retrieve, so that an edited file counts at the next dial. The zero Chain is ready; it must not be copied.
type Chain struct {
	// Profile is a profile of ~/.aws/config. When empty AWS_PROFILE and then "default" count; a named one beats keys
	// in the environment.
	Profile string
	// Instance also asks the metadata service of an EC2 instance, which takes seconds where there is none.
	Instance bool
	// MFA gives the code of a role that wants one; one call at a time. When nil such a role is ErrMFA.
	MFA func() (string, error)

	mutex sync.Mutex
	kept  Credentials
}

// early is how long before their end credentials are not used any more.
const early = 5 * time.Minute

// ErrNoCredentials is the error when the chain came to its end without finding any.
var ErrNoCredentials = errors.New("no AWS credentials found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, run aws configure, or name a profile with --aws-profile")

// ErrMFA is the error when a role wants an MFA code and there is none, or another one than was given.
var ErrMFA = errors.New("the role wants an MFA code")

// Retrieve finds credentials. The error says what to do where that is known; it holds no secrets.
func (c *Chain) Retrieve(ctx context.Context) (Credentials, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if !c.kept.Expires.IsZero() && time.Until(c.kept.Expires) > early {
		return c.kept, nil
	}
	found, err := c.find(ctx)
	if err != nil {
		return Credentials{}, c.explain(err)
	}
	c.kept = found
	return found, nil
}

// Forget makes the next Retrieve look again, as after the service refused what was found.
func (c *Chain) Forget() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.kept = Credentials{}
}

func (c *Chain) find(ctx context.Context) (Credentials, error) {
	metadata := imds.ClientDisabled
	if c.Instance {
		metadata = imds.ClientDefaultEnableState
	}
	options := []func(*config.LoadOptions) error{
		config.WithLogger(logging.Nop{}), // the SDK's own goes to stderr
		config.WithEC2IMDSClientEnableState(metadata),
		config.WithProcessCredentialOptions(func(o *processcreds.Options) { o.Timeout = timeLeft(ctx) }),
		config.WithAssumeRoleCredentialOptions(func(o *stscreds.AssumeRoleOptions) { o.TokenProvider = c.MFA }),
	}
	if c.Profile != "" {
		options = append(options, config.WithSharedConfigProfile(c.Profile))
	}
	loaded, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return Credentials{}, err
	}
	if command := processOf(loaded); command != "" {
		loaded.Credentials = quietProcess(command)
	}
	got, err := loaded.Credentials.Retrieve(ctx)
	if err != nil {
		return Credentials{}, err
	}
	found := Credentials{
		AccessKey: got.AccessKeyID, SecretKey: got.SecretAccessKey, SessionToken: got.SessionToken, Region: loaded.Region,
	}
	if got.CanExpire {
		found.Expires = got.Expires
	}
	return found, nil
}

// timeLeft bounds a process, which the SDK runs on when the context ends.
func timeLeft(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return max(time.Until(deadline), 0)
	}
	return time.Minute
}

// processOf is the command that the credentials come from, "" when they come from elsewhere.
func processOf(loaded aws.Config) string {
	source, ok := loaded.Credentials.(aws.CredentialProviderSource)
	if !ok || !slices.Contains(source.ProviderSources(), aws.CredentialSourceProcess) {
		return ""
	}
	for _, from := range loaded.ConfigSources {
		if shared, ok := from.(config.SharedConfig); ok && shared.Source == nil {
			return shared.CredentialProcess
		}
	}
	return ""
}

// quietProcess runs a command without the terminal, which the SDK would let it read from and write to.
func quietProcess(command string) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		var said bytes.Buffer
		build := func(ctx context.Context) (*exec.Cmd, error) {
			cmd, err := processcreds.DefaultNewCommandBuilder{Args: []string{command}}.NewCommand(ctx)
			if err == nil {
				cmd.Stdin, cmd.Stderr, cmd.WaitDelay = nil, &said, time.Second
			}
			return cmd, err
		}
		got, err := processcreds.NewProviderCommand(processcreds.NewCommandBuilderFunc(build),
			func(o *processcreds.Options) { o.Timeout = timeLeft(ctx) }).Retrieve(ctx)
		if last := strings.TrimSpace(said.String()); err != nil && last != "" {
			return got, fmt.Errorf("%w: it says %.200q", err, last)
		}
		return got, err
	})
}

// explain puts what to do before the SDK's long chain of errors.
func (c *Chain) explain(err error) error {
	var missing config.SharedConfigProfileNotExistError
	var stale *ssocreds.InvalidTokenError
	text := err.Error()
	login := "aws sso login"
	if c.Profile != "" {
		login += " --profile " + c.Profile
	}
	switch {
	case strings.Contains(text, "parse failed of process output"): // whole, with the secrets
		return errors.New("find AWS credentials: what credential_process prints is not its JSON")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return fmt.Errorf("find AWS credentials: %w", err)
	case errors.As(err, &missing):
		return fmt.Errorf("find AWS credentials: no profile %q in ~/.aws/config or ~/.aws/credentials", missing.Profile)
	case errors.As(err, &stale), strings.Contains(text, "SSO token"), strings.Contains(text, "InvalidTokenError"),
		strings.Contains(text, "cached SSO"), strings.Contains(text, "UnauthorizedException: Session token not found"):
		return fmt.Errorf("find AWS credentials: the SSO session is over: run %s: %w", login, err)
	case strings.Contains(text, "MultiFactorAuthentication failed"):
		return fmt.Errorf("find AWS credentials: AWS does not take the code: %w", ErrMFA)
	case errors.Is(err, ErrMFA), strings.Contains(text, "AssumeRoleTokenProvider"):
		return fmt.Errorf("find AWS credentials: %w", ErrMFA)
	case strings.Contains(text, "no EC2 IMDS role found"), strings.Contains(text, "failed to load credentials"):
		return ErrNoCredentials
	}
	return fmt.Errorf("find AWS credentials: %w", err)
}
