package ui_test

import (
	"bufio"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/thingdeck/client/mosquittotest"
	"example.com/thingdeck/ui/ptytest"
)

// anyone is the configuration of a mosquitto that lets everybody in.
const anyone = "listener %d 127.0.0.1\nallow_anonymous true\n"

// passworded runs mosquitto, which lets in ann with the password hush, and returns its address.
func passworded(t *testing.T) string {
	t.Helper()
	passwords := filepath.Join(t.TempDir(), "passwords")
	text := "listener %d 127.0.0.1\nallow_anonymous false\npassword_file " + passwords + "\n"
	if os.Getuid() == 0 {
		text = "user root\n" + text // else it could not read the file
	}
	if out, err := exec.Command("mosquitto_passwd", "-c", "-b", passwords, "ann", "hush").CombinedOutput(); err != nil && !errors.Is(err, exec.ErrNotFound) {
		t.Fatalf("mosquitto_passwd: %v\n%s", err, out)
	}
	return mosquittotest.Start(t, text).Address()
}

// TestConnectionsByKeyboard makes a profile, tests it, opens it twice, publishes in one tab and sees it counted in the other, closes
// one, and finds the rest again after a restart.
func TestConnectionsByKeyboard(t *testing.T) {
	t.Parallel()
	address, home := passworded(t), t.TempDir()
	o := ptytest.Options{W: 100, H: 30, Args: []string{"--listen", "127.0.0.1:0", "--no-simulate"},
		Env: []string{"XDG_CONFIG_HOME=" + home + "/c", "XDG_STATE_HOME=" + home + "/s"}}
	tm := ptytest.Start(t, ptytest.Program(t), o)
	tm.Wait(`● connected`)
	tm.Send("c")
	tm.Wait(`local  tab 1`)
	tm.Send("a")
	tm.Wait(`4 Other broker`)
	tm.Send("4")
	tm.Wait(`what the connection is called here`)
	tm.Send("desk\t" + address + "\tann\thus")
	tm.Wait(`there is no keyring here`) // there is no keyring
	tm.Send("\x14")                     // ctrl+t
	tm.Wait(`not connected: .*(not authorized|user name)`)
	tm.Send(ptytest.Esc)
	tm.Gone(`Test desk`)
	tm.Send("h\x14")
	tm.Wait(`connected as thingdeck-[0-9a-f]+ in \d+ ms`)
	tm.Send(ptytest.Enter)
	tm.Gone(`Test desk`)
	tm.Send(ptytest.Enter)
	tm.Wait(`desk is saved`)
	tm.Wait(`desk +mqtt://127`)
	tm.Send("o")
	tm.Wait(`1 ● local.*2 ● desk`)
	tm.Send("s#\r")
	tm.Wait(`▌  # +0`)
	tm.Send("c")
	tm.Wait(`desk  tab 2`)
	tm.Send("o")
	tm.Wait(`2 ● desk.*3 ● desk`)
	tm.Send("pa/b\t\t\t21\x13")
	tm.Wait(`sent · a/b`)
	tm.Wait(`2 ● desk 1 `)
	tm.Send("\x1b,") // alt+, while typing
	tm.Wait(`a/b +21`)
	tm.Gone(`2 ● desk 1 `)
	tm.Send("\x1b2>") // alt+2, and then letters command
	tm.Gone(`a/b +21`)
	tm.Send("W")
	tm.Wait(`The message in Publish is not kept`)
	tm.Send("y")
	tm.Gone(`3 ● desk`)
	tm.Send("q")
	if status := tm.Exit(); status != 0 {
		t.Errorf("status %d; want 0", status)
	}

	tm = ptytest.Start(t, ptytest.Program(t), o)
	tm.Wait(`password of ann at mqtt://` + address)
	tm.Send("hush\r")
	tm.Wait(`1 ● local.*2 ● desk`)
	tm.Send(">")
	tm.Wait(`# +0 +`) // its subscription came back too
	other := o
	other.Args = []string{"--profile", "desk"}
	second := ptytest.Start(t, ptytest.Program(t), other)
	second.Wait(`password of ann`)
	second.Send("hush\r")
	second.Wait(`● connected`)
	second.Send("!")
	second.Wait(`desk is in use by another thingdeck \(process \d+\)`)
	second.Send(ptytest.Esc + "c")
	second.Wait(`local +in this program`)
	second.Send("Go") // the last row, in a new tab: the local AWS IoT starts only now
	second.Wait(`1 ● desk.*2 ● local`)
	second.Wait(`lamp/telemetry`)
	second.Send(ptytest.CtrlC)
	second.Exit()
	tm.Send("q")
	tm.Exit()

	o.Args = append(o.Args, "--fresh")
	tm = ptytest.Start(t, ptytest.Program(t), o)
	tm.Wait(`● connected`)
	if strings.Contains(tm.Screen(), "desk") {
		t.Error("--fresh brings tabs back")
	}
	tm.Send(ptytest.CtrlC)
	tm.Exit()
}

// serveAll runs the local AWS IoT until the test ends, and returns the URL of each listener by its scheme.
func serveAll(t *testing.T, args ...string) map[string]string {
	t.Helper()
	serve := exec.Command(ptytest.Program(t), append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	out, err := serve.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = serve.Process.Signal(os.Interrupt)
		_ = serve.Wait()
	})
	urls := map[string]string{}
	for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != "ready"; {
		scheme, _, _ := strings.Cut(lines.Text(), "://")
		urls[scheme] = lines.Text()
	}
	return urls
}

// TestAnEncryptedKeyIsAskedFor connects over TLS with a key that needs a password, which is wrong at first.
func TestAnEncryptedKeyIsAskedFor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	broker := serveAll(t, "--tls-listen", "127.0.0.1:0", "--certs", dir)["mqtts"]
	data, err := os.ReadFile(filepath.Join(dir, "client.key"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	//lint:ignore SA1019 the form is insecure, but the standard library writes no other
	block, err = x509.EncryptPEMBlock(rand.Reader, block.Type, block.Bytes, []byte("sesame"), x509.PEMCipherAES256)
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(dir, "encrypted.key")
	if err := os.WriteFile(key, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	tm := ptytest.Start(t, ptytest.Program(t), ptytest.Options{W: 80, H: 24, Args: []string{"--broker", broker,
		"--ca", filepath.Join(dir, "ca.pem"), "--cert", filepath.Join(dir, "client.pem"), "--key", key}})
	tm.Wait(`password of the key`)
	tm.Send(ptytest.Esc)
	tm.Wait(`no password of the key was`)
	tm.Send("\x1b[15~") // f5
	tm.Wait(`password of the key`)
	tm.Send("open\r")
	tm.Wait(`this password does not open`)
	tm.Send("sesame\r")
	tm.Wait(`● connected`)
	tm.Send("q")
	if status := tm.Exit(); status != 0 {
		t.Errorf("status %d; want 0", status)
	}
	if raw := tm.Raw(); strings.Contains(raw, "sesame") {
		t.Error("the password was drawn")
	}
}

// TestAnMFACodeIsAskedFor signs with a role that wants a code, which the service that hands out credentials gets once it was typed.
func TestAnMFACodeIsAskedFor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	urls := serveAll(t, "--wss-listen", "127.0.0.1:0", "--certs", dir)
	sts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("TokenCode") != "123456" {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>MultiFactorAuthentication failed with invalid MFA one time pass code.</Message></Error></ErrorResponse>`)
			return
		}
		fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
			<AccessKeyId>AKROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>%s</Expiration>
			</Credentials></AssumeRoleResult></AssumeRoleResponse>`, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	}))
	defer sts.Close()
	files := map[string]string{
		"credentials": "[base]\naws_access_key_id = AKBASE\naws_secret_access_key = s\n",
		"config":      "[profile m]\nrole_arn = arn:aws:iam::123456789012:role/m\nmfa_serial = arn:aws:iam::123456789012:mfa/x\nsource_profile = base\nregion = us-east-1\n",
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tm := ptytest.Start(t, ptytest.Program(t), ptytest.Options{W: 100, H: 30,
		Args: []string{"--broker", urls["wss"], "--ca", filepath.Join(dir, "ca.pem"), "--auth", "sigv4", "--aws-profile", "m", "--region", "us-east-1"},
		Env: []string{"AWS_CONFIG_FILE=" + filepath.Join(dir, "config"), "AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(dir, "credentials"),
			"AWS_ENDPOINT_URL_STS=" + sts.URL}})
	tm.Wait(`code of the MFA device`)
	tm.Send(ptytest.Esc)
	tm.Wait(`no MFA code was given`)
	tm.Send("\x1b[15~") // f5
	tm.Wait(`code of the MFA device`)
	tm.Send("000000\r")
	tm.Wait(`does not take the code`)
	tm.Send("123456\r")
	tm.Wait(`● connected`)
	tm.Send("q")
	if status := tm.Exit(); status != 0 {
		t.Errorf("status %d; want 0", status)
	}
}
