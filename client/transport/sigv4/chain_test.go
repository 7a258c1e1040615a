package sigv4

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// machine is a home folder with the files given and an environment without AWS's variables.
func machine(t *testing.T, files map[string]string) string {
	t.Helper()
	for _, e := range os.Environ() {
		if name, _, _ := strings.Cut(e, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
			os.Unsetenv(name)
		}
	}
	home := t.TempDir()
	t.Setenv("HOME", home)
	// The SDK has looked up the home folder before the test began.
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(home, ".aws", "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(home, ".aws", "credentials"))
	for name, text := range files {
		path := filepath.Join(home, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "$HOME", home)), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return home
}

func retrieve(t *testing.T, c *Chain) Credentials {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	got, err := c.Retrieve(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func refuse(t *testing.T, c *Chain) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	got, err := c.Retrieve(ctx)
	if err == nil {
		t.Fatalf("got %v; want an error", got)
	}
	return err
}

func TestChainReadsTheEnvironment(t *testing.T) {
	machine(t, nil)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKENV")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_SESSION_TOKEN", "token")
	t.Setenv("AWS_REGION", "eu-north-1")
	got := retrieve(t, &Chain{})
	if want := (Credentials{AccessKey: "AKENV", SecretKey: "secret", SessionToken: "token", Region: "eu-north-1"}); got != want {
		t.Errorf("got %#v, region %q; want %#v", got, got.Region, want)
	}
}

const twoProfiles = "[default]\naws_access_key_id = AKDEFAULT\naws_secret_access_key = s\n[lab]\naws_access_key_id = AKLAB\naws_secret_access_key = s\n"

func TestChainReadsProfiles(t *testing.T) {
	home := machine(t, map[string]string{".aws/credentials": twoProfiles, ".aws/config": "[profile lab]\nregion = eu-west-3\n"})
	lab := &Chain{Profile: "lab"}
	if got := retrieve(t, &Chain{}); got.AccessKey != "AKDEFAULT" {
		t.Errorf("got %v; want the default profile", got)
	}
	if got := retrieve(t, lab); got.AccessKey != "AKLAB" || got.Region != "eu-west-3" {
		t.Errorf("got %v in %s; want those of lab in eu-west-3", got, got.Region)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "AKENV")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	if got := retrieve(t, lab); got.AccessKey != "AKLAB" {
		t.Errorf("got %v; want a named profile to beat the environment", got)
	}
	changed := strings.Replace(twoProfiles, "AKLAB", "AKNEW", 1)
	if err := os.WriteFile(filepath.Join(home, ".aws/credentials"), []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := retrieve(t, lab); got.AccessKey != "AKNEW" {
		t.Errorf("got %v; want the file read again", got)
	}
	if err := refuse(t, &Chain{Profile: "nowhere"}); !strings.Contains(err.Error(), `no profile "nowhere"`) {
		t.Errorf("got %v; want the missing profile named", err)
	}
}

func TestChainFindsNothing(t *testing.T) {
	machine(t, nil)
	if err := refuse(t, &Chain{}); !errors.Is(err, ErrNoCredentials) {
		t.Errorf("got %v; want %v", err, ErrNoCredentials)
	}
}

// process prints credentials with a new key each time it runs.
const process = `#!/bin/sh
echo x >>$HOME/runs
printf '{"Version":1,"AccessKeyId":"AK%s","SecretAccessKey":"s","SessionToken":"t","Expiration":"%s"}' $(wc -l <$HOME/runs) $(cat $HOME/until)
`

func TestChainRefreshesWhatExpires(t *testing.T) {
	home := machine(t, map[string]string{
		"process": process, ".aws/config": "[profile p]\ncredential_process = $HOME/process\nregion = us-east-1\n",
	})
	until := func(d time.Duration) {
		text := time.Now().Add(d).UTC().Format(time.RFC3339)
		if err := os.WriteFile(filepath.Join(home, "until"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := &Chain{Profile: "p"}
	until(4 * time.Minute)
	if got := retrieve(t, c); got.AccessKey != "AK1" || got.SessionToken != "t" || got.Expires.IsZero() {
		t.Errorf("got %v; want the first", got)
	}
	until(time.Hour)
	if got := retrieve(t, c); got.AccessKey != "AK2" {
		t.Errorf("got %v; want new ones five minutes before the end", got)
	}
	if got := retrieve(t, c); got.AccessKey != "AK2" {
		t.Errorf("got %v; want those kept that hold for an hour", got)
	}
	c.Forget()
	if got := retrieve(t, c); got.AccessKey != "AK3" {
		t.Errorf("got %v; want new ones after Forget", got)
	}
}

func TestChainAssumesARole(t *testing.T) {
	machine(t, map[string]string{
		".aws/credentials": "[base]\naws_access_key_id = AKBASE\naws_secret_access_key = s\n",
		".aws/config":      "[profile r]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\nregion = us-east-1\n[profile m]\nrole_arn = arn:aws:iam::123456789012:role/m\nmfa_serial = arn:aws:iam::123456789012:mfa/x\nsource_profile = base\nregion = us-east-1\n",
	})
	var code string
	sts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		code = r.FormValue("TokenCode")
		fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
			<AccessKeyId>AKROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>role token</SessionToken><Expiration>%s</Expiration>
			</Credentials></AssumeRoleResult></AssumeRoleResponse>`, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	}))
	defer sts.Close()
	t.Setenv("AWS_ENDPOINT_URL_STS", sts.URL)
	if got := retrieve(t, &Chain{Profile: "r"}); got.AccessKey != "AKROLE" || got.SessionToken != "role token" || got.Expires.IsZero() {
		t.Errorf("got %v; want the role's", got)
	}
	if err := refuse(t, &Chain{Profile: "m"}); !strings.Contains(err.Error(), "MFA") {
		t.Errorf("got %v; want it to speak of MFA", err)
	}
	retrieve(t, &Chain{Profile: "m", MFA: func() (string, error) { return "123456", nil }})
	if code != "123456" {
		t.Errorf("got the code %q; want 123456", code)
	}
}

func TestChainUsesSSO(t *testing.T) {
	const start = "https://example.awsapps.com/start"
	sum := sha1.Sum([]byte(start))
	cache := ".aws/sso/cache/" + hex.EncodeToString(sum[:]) + ".json"
	config := "[profile s]\nsso_start_url = " + start + "\nsso_region = us-east-1\nsso_account_id = 123456789012\nsso_role_name = dev\nregion = us-east-1\n"
	token := func(left time.Duration) string {
		return fmt.Sprintf(`{"accessToken":"at","expiresAt":%q}`, time.Now().Add(left).UTC().Format(time.RFC3339))
	}
	portal := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Sso_bearer_token") != "at" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprintf(w, `{"roleCredentials":{"accessKeyId":"AKSSO","secretAccessKey":"s","sessionToken":"t","expiration":%d}}`,
			time.Now().Add(time.Hour).UnixMilli())
	}))
	defer portal.Close()
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  string // in the error
	}{
		{"a valid session", map[string]string{".aws/config": config, cache: token(time.Hour)}, ""},
		{"an old session", map[string]string{".aws/config": config, cache: token(-time.Hour)}, "aws sso login --profile s"},
		{"never logged in", map[string]string{".aws/config": config}, "aws sso login --profile s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			machine(t, tt.files)
			t.Setenv("AWS_ENDPOINT_URL_SSO", portal.URL)
			c := &Chain{Profile: "s"}
			if tt.want != "" {
				if err := refuse(t, c); !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v; want %s", err, tt.want)
				}
				return
			}
			if got := retrieve(t, c); got.AccessKey != "AKSSO" || got.Expires.IsZero() {
				t.Errorf("got %v; want those of SSO", got)
			}
		})
	}
}

func TestChainHidesAndBoundsAProcess(t *testing.T) {
	for _, tt := range []struct{ name, script, want string }{
		{"never ends", "exec sleep 60", "credential process"},
		{"prints no JSON", "echo SecretAccessKey=hush", "not its JSON"},
		{"fails with a word", "echo log in first >&2; exit 3", "log in first"},
		{"reads the terminal", "read x && echo got $x >&2; exit 3", "exit status 3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			machine(t, map[string]string{
				"script": "#!/bin/sh\n" + tt.script + "\n", ".aws/config": "[profile p]\ncredential_process = $HOME/script\n",
			})
			ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
			defer cancel()
			begun := time.Now()
			_, err := (&Chain{Profile: "p"}).Retrieve(ctx)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hush") {
				t.Errorf("got %v; want %s", err, tt.want)
			}
			if passed := time.Since(begun); passed > 20*time.Second {
				t.Errorf("it took %s; want it to end with the context", passed)
			}
		})
	}
}
