package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	writerFile = "THINGDECK_TEST_WRITER"
	holderDir  = "THINGDECK_TEST_HOLDER"
)

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(writerFile) != "":
		write(os.Getenv(writerFile))
	case os.Getenv(holderDir) != "":
		hold(os.Getenv(holderDir))
	default:
		os.Exit(m.Run())
	}
}

// content is a whole file of version n, large enough for a write to be cut in two.
func content(n int) []byte {
	line := fmt.Appendf(nil, "# version %d\n", n)
	return append(bytes.Repeat(line, 4000), fmt.Appendf(nil, "keep = %d\n", n+1)...)
}

// write replaces the file again and again until it is killed.
func write(file string) {
	for n := 0; ; n++ {
		if err := writeFile(file, content(n), false); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		if n == 0 {
			fmt.Println("writing")
		}
	}
}

// hold takes the lock of a profile until its input ends.
func hold(dir string) {
	l, err := LockProfile(Folders{State: dir}, "prod")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("held")
	_, _ = os.Stdin.Read(make([]byte, 1))
	runtime.KeepAlive(l)
}

// child runs this test program as another process and waits for its first line.
func child(t *testing.T, variable, value, want string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), variable+"="+value)
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line := make([]byte, 200)
	n, _ := out.Read(line)
	if got := strings.TrimSpace(string(line[:n])); got != want {
		t.Fatalf("the other process says %q; want %q", got, want)
	}
	return cmd
}

func TestKilledWhileWriting(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sub", "p.toml")
	for round := range 12 {
		cmd := child(t, writerFile, file, "writing")
		// The moment of the kill differs from round to round.
		for range round * 50 {
			if _, err := os.Stat(file); err != nil {
				t.Fatal(err)
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var n int
		if _, err := fmt.Sscanf(string(got), "# version %d\n", &n); err != nil || !bytes.Equal(got, content(n)) {
			t.Fatalf("round %d: the file has %d bytes of version %d, %v; want %d", round, len(got), n, err, len(content(n)))
		}
	}
	if err := writeFile(file, []byte("x"), false); err != nil {
		t.Fatal(err)
	}
}

func TestStaleFilesAreRemoved(t *testing.T) {
	dir := t.TempDir()
	stale, fresh := filepath.Join(dir, tempPrefix+"1"), filepath.Join(dir, tempPrefix+"2")
	put(t, stale, "x")
	put(t, fresh, "x")
	old := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(stale, old, old); err != nil {
		t.Fatal(err)
	}
	if err := writeFile(filepath.Join(dir, "a"), nil, false); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(stale); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the old one: got %v; want it gone", err)
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Errorf("the one under way: got %v; want it left", err)
	}
}

func TestPermissions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes are not kept")
	}
	f := testFolders(t)
	p := NewProfiles(f)
	save(t, f, profileOf(t, "p"))
	if err := os.Chmod(filepath.Join(f.Profiles, "p.toml"), 0o644); err != nil {
		t.Fatal(err)
	}
	save(t, f, profileOf(t, "p"))
	if _, err := p.Duplicate("p", "q"); err != nil {
		t.Fatal(err)
	}
	if err := p.SetDefault("p"); err != nil {
		t.Fatal(err)
	}
	l, err := LockProfile(f, "p")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Release()
	err = filepath.WalkDir(f.Home, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == f.Home {
			return err
		}
		info, err := d.Info()
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if err == nil && info.Mode().Perm() != want {
			t.Errorf("%s: got mode %o; want %o", name, info.Mode().Perm(), want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestLinksStay(t *testing.T) {
	f := testFolders(t)
	target := filepath.Join(t.TempDir(), "dotfiles.toml")
	put(t, target, "")
	put(t, filepath.Join(f.Profiles, "x"), "")
	link := filepath.Join(f.Profiles, "p.toml")
	if err := os.Symlink(target, link); err != nil {
		t.Skip(err)
	}
	save(t, f, profileOf(t, "p"))
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("got %v, %v; want the link kept", info, err)
	}
	if got, err := os.ReadFile(target); err != nil || len(got) == 0 {
		t.Errorf("got %q, %v; want the profile behind the link", got, err)
	}
}

func TestFolderThatCannotBeWritten(t *testing.T) {
	f := testFolders(t)
	put(t, f.Config, "a file where the folder should be")
	wantError(t, NewProfiles(f).Save(profileOf(t, "p")), "save profile p")
	put(t, f.State, "a file where the folder should be")
	if err := SaveSetting(f, "theme", "x"); err == nil {
		t.Error("got no error")
	}
	if _, err := LockProfile(f, "p"); err == nil {
		t.Error("got no error")
	}
}

// TestOneCreates: of many that create a profile of one name at once, one does.
func TestOneCreates(t *testing.T) {
	f := testFolders(t)
	var wg sync.WaitGroup
	errs := make(chan error, 20)
	for range cap(errs) {
		p := profileOf(t, "p")
		wg.Go(func() { errs <- NewProfiles(f).Create(p) })
	}
	wg.Wait()
	close(errs)
	created := 0
	for err := range errs {
		if err == nil {
			created++
		} else if !errors.Is(err, fs.ErrExist) {
			t.Errorf("got %v; want fs.ErrExist", err)
		}
	}
	if created != 1 {
		t.Errorf("created %d times; want 1", created)
	}
}

func TestSettingsSavedAtOnce(t *testing.T) {
	f := testFolders(t)
	put(t, f.settings(), "from-the-future = [1, 2]\nascii = true\n")
	names := []string{"theme", "keep", "mouse", "newest-first", "keep-bytes", "region"}
	values := []string{"dusk", "7", "false", "true", "4MiB", "eu-west-1"}
	var wg sync.WaitGroup
	for i := range names {
		wg.Go(func() {
			if err := SaveSetting(f, names[i], values[i]); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	c := mustLoad(t, f, Values{})
	wantError(t, c.Notice, `unknown key "from-the-future"`)
	s := mustStart(t, c).Settings
	if s.Theme != "dusk" || s.Keep != 7 || s.Mouse || !s.NewestFirst || s.KeepBytes != 4<<20 || s.Region != "eu-west-1" || !s.ASCII {
		t.Errorf("got %+v; want all that was saved", s)
	}
	if err := SaveSetting(f, "theme"); err != nil {
		t.Fatal(err)
	}
	if got := mustStart(t, mustLoad(t, f, Values{})).Origin("theme"); got != "" {
		t.Errorf("got theme from %q; want it taken out", got)
	}
	if got, _ := os.ReadFile(f.settings()); !bytes.Contains(got, []byte("from-the-future")) {
		t.Errorf("got %q; want the unknown key kept", got)
	}
}

func TestBrokenSettings(t *testing.T) {
	f := testFolders(t)
	put(t, f.settings(), "theme = \n")
	c := mustLoad(t, f, Values{})
	wantError(t, c.Notice, f.settings()+":1:")
	wantError(t, SaveSetting(f, "theme", "x"), f.settings()+":1:")
	if got, _ := os.ReadFile(f.settings()); string(got) != "theme = \n" {
		t.Errorf("got %q; want it left as it was", got)
	}
	wantError(t, SaveSetting(f, "broker", "mqtt://h"), "no setting of a dialog")
	wantError(t, SaveSetting(testFolders(t), "keep", "x"), "keep: a whole number")
}

func TestLock(t *testing.T) {
	dir := t.TempDir()
	f := Folders{State: dir}
	other := child(t, holderDir, dir, "held")
	_, err := LockProfile(f, "prod")
	var held *HeldError
	if !errors.As(err, &held) || held.PID != other.Process.Pid || held.Name != "prod" {
		t.Fatalf("got %v; want that process %d has it", err, other.Process.Pid)
	}
	wantError(t, err, fmt.Sprintf("prod is in use by another thingdeck (process %d)", other.Process.Pid))
	elsewhere, err := LockProfile(f, "mqtt://127.0.0.1:1883")
	if err != nil {
		t.Fatalf("another connection: %v", err)
	}
	defer elsewhere.Release()
	// However the owner ends, the lock is free.
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait()
	l, err := LockProfile(f, "PROD")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := LockProfile(f, "prod"); !errors.As(err, &held) || held.PID != os.Getpid() {
		t.Errorf("twice: got %v; want that this process has it", err)
	}
	l.Release()
	l.Release()
	(*Lock)(nil).Release()
	again, err := LockProfile(f, "prod")
	if err != nil {
		t.Fatal(err)
	}
	again.Release()
}
