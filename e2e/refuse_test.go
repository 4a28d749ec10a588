//go:build e2e

package e2e

import (
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"kbench/internal/result"
)

const short = `
name: short
load: {rate: 1k/s, warmup: 0s, measure: 1s, drain: 10s}
producer: {}
repeats: 1
`

// refuseWithin is how long a mistake may take to be told.
const refuseWithin = 15 * time.Second

// refusals proves that what cannot work is said before anything runs, on one line that names it, and soon: tools that
// wait for ever on a dead address are why.
func (k *kafka) refusals(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // the kernel takes connections, and nobody answers
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	web := httptest.NewServer(nil)
	defer web.Close()
	dead := deadAddr(t)
	for _, tt := range []struct {
		name string
		args []string
		says []string
	}{
		{"a dead address", []string{"-b", dead}, []string{dead}},
		{"two dead addresses", []string{"-b", dead + "," + dead}, []string{dead}},
		{"a port where nobody answers", []string{"-b", silent.Addr().String()}, []string{silent.Addr().String()}},
		{"a port of something else", []string{"-b", web.Listener.Addr().String()}, []string{web.Listener.Addr().String()}},
		{"a name that nobody has", []string{"-b", "no-such-host.invalid:9092"}, []string{"no-such-host.invalid"}},
		{"more replicas than nodes", k.on("--set", "topic.replication_factor=5"), []string{"replication", "5", "1 node"}},
		{"an unknown topic setting", k.on("--set", "topic.config.no.such.setting=1"), []string{"no.such.setting"}},
		{"a topic that is not there", k.on("--set", "topic.name=e2e-nowhere"), []string{"e2e-nowhere"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			began := time.Now()
			c := startScenario(t, short, tt.args...)
			o := c.wait()
			took := time.Since(began)
			t.Logf("%.1f s: %s", took.Seconds(), strings.TrimSpace(o.stderr))
			if o.code != 3 || took > refuseWithin {
				t.Errorf("exit %d after %v, want 3 within %v", o.code, took, refuseWithin)
			}
			oneLine(t, o, tt.says...)
			if o.stdout != "" {
				t.Errorf("nothing ran, and there are results:\n%s", o.stdout)
			}
			if left := fileNames(t, c.out); len(left) > 0 {
				t.Errorf("nothing ran, and results are left: %v", left)
			}
		})
	}
	t.Run("a dead address beside a live one", func(t *testing.T) {
		runScenario(t, short, "-b", dead+","+k.cluster.Brokers()[0])
	})
}

// deadAddr returns an address where nothing listens.
func deadAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// oneLine holds kbench to one line on standard error, that says certain words.
func oneLine(t *testing.T, o outcome, says ...string) {
	t.Helper()
	if strings.Count(o.stderr, "\n") != 1 || !strings.HasPrefix(o.stderr, "kbench: ") {
		t.Errorf("want one line on stderr, got:\n%s", o.stderr)
	}
	for _, s := range says {
		if !strings.Contains(o.stderr, s) {
			t.Errorf("%q does not name %q", o.stderr, s)
		}
	}
}

// fullDisk proves that results which cannot be written end the run with a line that names the file, and leave nothing
// half written. A disk can be full when the manifest is written, when the record is, or when the run ends.
func (k *kafka) fullDisk(t *testing.T) {
	scenario := filepath.Join(t.TempDir(), "short.yaml")
	if err := os.WriteFile(scenario, []byte(short), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		room int // pages of 4 KiB; a manifest takes one, a record and its histograms some
	}{
		{"at the manifest", 0},
		{"at the record", 1},
		{"at the end", 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out := smallDisk(t, tt.room)
			full(t, out, start(t, append([]string{"run", scenario, "-q", "--out", out}, k.on()...)...).wait())
		})
	}
	t.Run("by a limit on file sizes", func(t *testing.T) {
		out := t.TempDir()
		args := []string{"-c", `ulimit -f 4; exec "$0" "$@"`, "kbench", "run", scenario, "-q", "--out", out}
		full(t, out, startCommand(t, "bash", append(args, k.on()...)...).wait())
	})
}

// smallDisk mounts one that has room for some pages.
func smallDisk(t *testing.T, room int) (dir string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root may mount a small disk; the limit on file sizes is tested for all")
	}
	const page = 4096
	dir = t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+strconv.Itoa((room+1)*page)); err != nil {
		t.Skipf("mount a small disk: %v; the limit on file sizes is tested for all", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	if err := os.WriteFile(filepath.Join(dir, "ballast"), make([]byte, page), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// full holds a run that found no room to a clear end.
func full(t *testing.T, out string, o outcome) {
	t.Helper()
	t.Log(strings.TrimSpace(o.stderr))
	if o.code != 3 {
		t.Errorf("exit %d, want 3", o.code)
	}
	oneLine(t, o, out)
	err := filepath.WalkDir(out, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && (info.Size() == 0 || strings.HasPrefix(d.Name(), ".")) {
			t.Errorf("%s of %d bytes is left", path, info.Size())
		}
		if d.Name() != "manifest.json" {
			return err
		}
		r, err := result.Open(filepath.Dir(path))
		if err == nil && len(r.Warnings) > 0 {
			t.Errorf("what is left is not whole: %v", r.Warnings)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
