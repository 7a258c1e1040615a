package acceptance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// awsCLI is the AWS CLI, pointed at a server and kept from the network.
type awsCLI struct {
	program, endpoint, dir string
}

func newAWS(t *testing.T, s *server) awsCLI {
	t.Helper()
	cli := awsCLI{need(t, "/usr/bin/aws", "aws"), s.url("http"), t.TempDir()}
	// Version 1 takes payloads as they are and knows no --cli-binary-format.
	if out, err := exec.Command(cli.program, "--version").Output(); err != nil || !strings.HasPrefix(string(out), "aws-cli/2") {
		if os.Getenv("CI") == "true" {
			t.Fatalf("got %q, %v; want version 2 of the AWS CLI, which CI=true requires", out, err)
		}
		t.Skipf("got %q, %v; want version 2 of the AWS CLI", out, err)
	}
	return cli
}

// iotData runs "aws iot-data".
func (a awsCLI) iotData(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	args = append([]string{"iot-data", "--endpoint-url", a.endpoint, "--cli-binary-format", "raw-in-base64-out"}, args...)
	cmd := exec.CommandContext(ctx, a.program, args...)
	cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x", "AWS_DEFAULT_REGION=us-east-1", "AWS_PAGER=",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_MAX_ATTEMPTS=2")
	var out, bad bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &bad
	var ended *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &ended) {
		t.Fatalf("aws %s: %v", strings.Join(args, " "), err)
	}
	return out.String(), strings.TrimSpace(bad.String()), cmd.ProcessState.ExitCode()
}

// does runs a command that must succeed and reads the JSON it prints into v, unless v is nil.
func (a awsCLI) does(t *testing.T, v any, args ...string) {
	t.Helper()
	out, bad, status := a.iotData(t, args...)
	if status != 0 {
		t.Fatalf("aws %s: got status %d: %s", strings.Join(args, " "), status, bad)
	}
	if v == nil {
		return
	}
	if err := json.Unmarshal([]byte(out), v); err != nil {
		t.Fatalf("aws %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// refused runs a command that must fail as the CLI shows a refusal of the service.
func (a awsCLI) refused(t *testing.T, want string, args ...string) {
	t.Helper()
	if _, bad, status := a.iotData(t, args...); status != 254 || bad != want {
		t.Errorf("aws %s: got status %d and %q; want 254 and %q", args[0], status, bad, want)
	}
}

// shadow runs a command whose answer goes to a file, and returns that.
func (a awsCLI) shadow(t *testing.T, args ...string) (got struct {
	State   struct{ Desired, Delta struct{ On *bool } }
	Version int
}) {
	t.Helper()
	file := filepath.Join(a.dir, "answer-"+strings.ReplaceAll(t.Name(), "/", "-"))
	a.does(t, nil, append(args, file)...)
	body, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(body, &got)
	}
	if err != nil {
		t.Fatalf("aws %s: %v: %s", strings.Join(args, " "), err, body)
	}
	return got
}

func TestAWSCLI(t *testing.T) {
	s := serve(t, "--http-listen", "127.0.0.1:0")
	cli := newAWS(t, s)
	t.Run("classic shadow", func(t *testing.T) {
		t.Parallel()
		shadowLife(t, cli, dial(t, s), "--thing-name", "lamp-1")
	})
	t.Run("named shadow", func(t *testing.T) {
		t.Parallel()
		shadowLife(t, cli, dial(t, s), "--thing-name", "lamp-2", "--shadow-name", "wifi")
		namesOfShadows(t, cli)
	})
	t.Run("messages", func(t *testing.T) {
		t.Parallel()
		messages(t, cli, dial(t, s))
	})
}

// shadowLife makes, reads, changes and deletes a shadow, while an MQTT client sees what happens.
func shadowLife(t *testing.T, cli awsCLI, c *testClient, of ...string) {
	prefix, name := "$aws/things/"+of[1]+"/shadow", of[1]
	if len(of) > 2 {
		prefix, name = prefix+"/name/"+of[3], of[3]
	}
	c.subscribe(prefix+"/update/accepted", prefix+"/delete/accepted")
	do := func(command string, rest ...string) []string { return slices.Concat([]string{command}, of, rest) }
	seen := func(suffix string) {
		t.Helper()
		if m := c.receive(); m.Topic() != prefix+suffix {
			t.Errorf("got %s over MQTT; want %s", m.Topic(), prefix+suffix)
		}
	}
	missing := "An error occurred (ResourceNotFoundException) when calling the %s operation: No shadow exists with name: '" + name + "'"
	cli.refused(t, fmt.Sprintf(missing, "GetThingShadow"), do("get-thing-shadow", "/dev/null")...)

	got := cli.shadow(t, do("update-thing-shadow", "--payload", `{"state":{"desired":{"on":true}}}`)...)
	if got.Version != 1 || got.State.Desired.On == nil || !*got.State.Desired.On {
		t.Errorf("update: got %+v; want version 1 and what was desired", got)
	}
	seen("/update/accepted")
	got = cli.shadow(t, do("get-thing-shadow")...)
	if got.Version != 1 || got.State.Delta.On == nil || !*got.State.Delta.On {
		t.Errorf("get: got %+v; want version 1 and a delta", got)
	}
	cli.refused(t, "An error occurred (ConflictException) when calling the UpdateThingShadow operation: Version conflict",
		do("update-thing-shadow", "--payload", `{"state":{"desired":{"on":false}},"version":7}`, "/dev/null")...)
	cli.refused(t, "An error occurred (InvalidRequestException) when calling the UpdateThingShadow operation: Missing required node: state",
		do("update-thing-shadow", "--payload", `{}`, "/dev/null")...)

	if got = cli.shadow(t, do("delete-thing-shadow")...); got.Version != 1 {
		t.Errorf("delete: got %+v; want version 1", got)
	}
	seen("/delete/accepted")
	cli.refused(t, fmt.Sprintf(missing, "DeleteThingShadow"), do("delete-thing-shadow", "/dev/null")...)
}

// namesOfShadows lists them page by page.
func namesOfShadows(t *testing.T, cli awsCLI) {
	for _, name := range []string{"b", "a", "cfg:$x"} {
		cli.shadow(t, "update-thing-shadow", "--thing-name", "many", "--shadow-name", name, "--payload", `{"state":{"desired":{"on":true}}}`)
	}
	var names []string
	for next := []string(nil); ; {
		var page struct {
			Results   []string
			NextToken string
			Timestamp int64
		}
		cli.does(t, &page, append([]string{"list-named-shadows-for-thing", "--thing-name", "many", "--page-size", "2"}, next...)...)
		if len(page.Results) > 2 || page.Timestamp == 0 {
			t.Errorf("got page %+v; want at most two names and a time", page)
		}
		names = append(names, page.Results...)
		if page.NextToken == "" {
			break
		}
		next = []string{"--next-token", page.NextToken}
	}
	if want := []string{"a", "b", "cfg:$x"}; !slices.Equal(names, want) {
		t.Errorf("got names %q; want %q", names, want)
	}
}

// messages publishes and reads retained messages.
func messages(t *testing.T, cli awsCLI, c *testClient) {
	c.subscribe("cli/#")
	for _, topic := range []string{"cli/a", "cli//b ü", "cli/plain"} {
		args := []string{"publish", "--topic", topic, "--qos", "1", "--payload", "to " + topic}
		if topic != "cli/plain" {
			args = append(args, "--retain")
		}
		cli.does(t, nil, args...)
		if m := c.receive(); m.Topic() != topic || string(m.Payload()) != "to "+topic || m.Qos() != 1 || m.Retained() {
			t.Errorf("got %s %q QoS %d retained %v; want %s, what was published, QoS 1, live", m.Topic(), m.Payload(), m.Qos(), m.Retained(), topic)
		}
	}
	var one struct {
		Topic            string
		Payload          []byte
		QoS              int
		LastModifiedTime int64
	}
	cli.does(t, &one, "get-retained-message", "--topic", "cli//b ü")
	if one.Topic != "cli//b ü" || string(one.Payload) != "to cli//b ü" || one.QoS != 1 || one.LastModifiedTime < 1e12 {
		t.Errorf("got %+v; want the message with its time in milliseconds", one)
	}
	var list struct {
		RetainedTopics []struct {
			Topic       string
			PayloadSize int
		}
	}
	cli.does(t, &list, "list-retained-messages", "--page-size", "1") // the CLI puts the pages together
	if got := fmt.Sprint(list.RetainedTopics); got != "[{cli//b ü 12} {cli/a 8}]" {
		t.Errorf("got retained messages %s; want those of cli//b ü and cli/a", got)
	}
	cli.does(t, nil, "publish", "--topic", "cli/a", "--retain")
	cli.refused(t, "An error occurred (ResourceNotFoundException) when calling the GetRetainedMessage operation: No retained message exists on topic: 'cli/a'",
		"get-retained-message", "--topic", "cli/a")
}
