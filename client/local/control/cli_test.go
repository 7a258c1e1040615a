package control_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/thingdeck/client/local"
)

// slow bounds a run of a program, which starts an interpreter first.
const slow = 30 * time.Second

// program finds one that the test needs, or skips the test; where CI=true it must be there.
func program(t *testing.T, path string) string {
	t.Helper()
	found, err := exec.LookPath(path)
	if err == nil {
		return found
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed, and CI=true requires it", path)
	}
	t.Skip(path + " is not installed")
	return ""
}

// iot runs "aws iot", kept from the network, and returns what it prints and its status.
func iot(t *testing.T, c *cloud, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), slow)
	defer cancel()
	cmd := exec.CommandContext(ctx, program(t, "/usr/bin/aws"), append([]string{"iot", "--endpoint-url", c.urls["http"]}, args...)...)
	cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x", "AWS_DEFAULT_REGION=us-east-1", "AWS_PAGER=",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_MAX_ATTEMPTS=2")
	var out, bad bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &bad
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out.String()), strings.TrimSpace(bad.String()), cmd.ProcessState.ExitCode()
}

// prints runs a command that must succeed and returns what it prints with --output text.
func prints(t *testing.T, c *cloud, args ...string) string {
	t.Helper()
	out, bad, status := iot(t, c, append(args, "--output", "text")...)
	if status != 0 {
		t.Fatalf("aws iot %s: got status %d: %s", strings.Join(args, " "), status, bad)
	}
	return out
}

func TestAWSCLI(t *testing.T) {
	program(t, "/usr/bin/aws")
	publisher := program(t, "mosquitto_pub")
	c := startCloud(t, local.ServeOptions{})
	file := func(name string) string { return filepath.Join(c.dir, name) }
	text := document(statement("iot:Connect", "client/${iot:Connection.Thing.ThingName}"), statement("iot:Publish", "topic/${iot:Connection.Thing.Attributes[room]}/*"))
	if err := os.WriteFile(file("policy.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	thing := prints(t, c, "create-thing", "--thing-name", "lamp:1", "--attribute-payload", `{"attributes":{"room":"hall"}}`, "--query", "thingArn")
	if want := "arn:aws:iot:us-east-1:123456789012:thing/lamp:1"; thing != want {
		t.Errorf("got thing %s; want %s", thing, want)
	}
	arn := prints(t, c, "create-keys-and-certificate", "--set-as-active", "--certificate-pem-outfile", file("made.pem"),
		"--public-key-outfile", file("made.pub"), "--private-key-outfile", file("made.key"), "--query", "certificateArn")
	prints(t, c, "create-policy", "--policy-name", "P", "--policy-document", "file://"+file("policy.json"))
	prints(t, c, "attach-policy", "--policy-name", "P", "--target", arn)
	prints(t, c, "attach-thing-principal", "--thing-name", "lamp:1", "--principal", arn)
	host := prints(t, c, "describe-endpoint", "--endpoint-type", "iot:Data-ATS")

	publish := func(topic string) ([]byte, error) {
		ctx, cancel := context.WithTimeout(context.Background(), slow)
		defer cancel()
		u, err := url.Parse(c.urls["mqtts"])
		if err != nil {
			t.Fatal(err)
		}
		return exec.CommandContext(ctx, publisher, "-h", host, "-p", u.Port(), "--cafile", file("ca.pem"), "--cert", file("made.pem"),
			"--key", file("made.key"), "-i", "lamp:1", "-q", "1", "-t", topic, "-m", "x").CombinedOutput()
	}
	if out, err := publish("hall/x"); err != nil {
		t.Errorf("mosquitto_pub: %v %s", err, out)
	}
	t.Run("read back", func(t *testing.T) { readBack(t, c, arn, file("made.pem"), text) })
	prints(t, c, "update-certificate", "--certificate-id", arn[len(arn)-64:], "--new-status", "INACTIVE")
	if out, err := publish("hall/x"); err == nil {
		t.Errorf("mosquitto_pub with an INACTIVE certificate: got %s; want it refused", out)
	}
	c.told("connect", "the certificate is INACTIVE")
}

// readBack runs the commands that change nothing.
func readBack(t *testing.T, c *cloud, arn, certFile, text string) {
	t.Run("lists", func(t *testing.T) {
		t.Parallel()
		lists(t, c, arn)
	})
	t.Run("descriptions", func(t *testing.T) {
		t.Parallel()
		describe(t, c, arn, certFile, text)
	})
	t.Run("refusals", func(t *testing.T) {
		t.Parallel()
		refusals(t, c, arn)
	})
}

func lists(t *testing.T, c *cloud, arn string) {
	for _, tt := range []struct {
		want string
		args []string
	}{
		{"lamp:1", []string{"list-things", "--query", "things[].thingName"}},
		{arn, []string{"list-certificates", "--query", "certificates[].certificateArn"}},
		{"P", []string{"list-policies", "--query", "policies[].policyName"}},
		{"P", []string{"list-attached-policies", "--target", arn, "--query", "policies[].policyName"}},
		{arn, []string{"list-targets-for-policy", "--policy-name", "P", "--query", "targets"}},
		{arn, []string{"list-thing-principals", "--thing-name", "lamp:1", "--query", "principals"}},
		{"lamp:1", []string{"list-principal-things", "--principal", arn, "--query", "things"}},
	} {
		if got := prints(t, c, tt.args...); got != tt.want {
			t.Errorf("%s: got %s; want %s", tt.args[0], got, tt.want)
		}
	}
}

// describe reads thing, certificate and policy back.
func describe(t *testing.T, c *cloud, arn, certFile, text string) {
	id := arn[len(arn)-64:]
	if got, want := prints(t, c, "describe-thing", "--thing-name", "lamp:1", "--query", "[defaultClientId,attributes.room,version]"), "lamp:1\thall\t1"; got != want {
		t.Errorf("thing: got %q; want %q", got, want)
	}
	out, bad, _ := iot(t, c, "describe-certificate", "--certificate-id", id, "--output", "json")
	var cert struct {
		CertificateDescription struct{ Status, CertificatePem, CreationDate string }
	}
	if err := json.Unmarshal([]byte(out), &cert); err != nil {
		t.Fatalf("certificate: %v: %s %s", err, out, bad)
	}
	b, err := os.ReadFile(certFile)
	if err != nil {
		t.Fatal(err)
	}
	got := cert.CertificateDescription
	made, err := time.Parse(time.RFC3339, got.CreationDate)
	if got.Status != "ACTIVE" || got.CertificatePem != string(b) || err != nil || time.Since(made).Abs() > time.Hour {
		t.Errorf("got certificate %+v, %v; want the one that was made, ACTIVE, with its time", got, err)
	}
	if got := prints(t, c, "get-policy", "--policy-name", "P", "--query", "policyDocument"); got != text {
		t.Errorf("policy: got %s; want %s", got, text)
	}
}

// refusals are shown by the CLI with name and text.
func refusals(t *testing.T, c *cloud, arn string) {
	for _, tt := range []struct {
		want string
		args []string
	}{
		{"(ResourceNotFoundException) when calling the DescribeThing operation: Thing none not found",
			[]string{"describe-thing", "--thing-name", "none"}},
		{"(MalformedPolicyException) when calling the CreatePolicy operation: Policy document is Malformed: line 1",
			[]string{"create-policy", "--policy-name", "Q", "--policy-document", "{}"}},
		{"(ResourceAlreadyExistsException) when calling the CreatePolicy operation", []string{"create-policy", "--policy-name", "P", "--policy-document", allowAll}},
		{"(DeleteConflictException) when calling the DeletePolicy operation", []string{"delete-policy", "--policy-name", "P"}},
		{"(CertificateStateException) when calling the DeleteCertificate operation", []string{"delete-certificate", "--certificate-id", arn[len(arn)-64:]}},
	} {
		if _, bad, status := iot(t, c, tt.args...); status < 254 || !strings.Contains(bad, tt.want) {
			t.Errorf("%s: got status %d and %q; want %q", tt.args[0], status, bad, tt.want)
		}
	}
}
