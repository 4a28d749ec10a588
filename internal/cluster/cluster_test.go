package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kbench/internal/admin"
)

// TestMain lets the test's own binary be the child processes that the tests start.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case EmbeddedWord:
			nodes, _ := strconv.Atoi(os.Args[2])
			if err := ServeEmbedded(context.Background(), os.Stdin, os.Stdout, nodes); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			os.Exit(0)
		case "own-embedded", "own-java": // opens a cluster with data in a folder, says its address and waits to be killed
			c, err := Open(context.Background(), Spec{Engine(strings.TrimPrefix(os.Args[1], "own-")), 1}, Options{TempDir: os.Args[2]})
			fmt.Println(c.Brokers()[0], err)
			_, _ = io.Copy(io.Discard, os.Stdin)
			os.Exit(0)
		case "own-docker": // has containers that do not exist, and waits to be killed
			_, err := downWithOwner(context.Background(), Options{StateDir: os.Args[2]})
			fmt.Println("ready", err)
			_, _ = io.Copy(io.Discard, os.Stdin)
			os.Exit(0)
		case "own-process": // starts what is named, says its pid and waits to be killed
			k, err := startKept(os.Args[4:], os.Args[2], os.Args[3])
			fmt.Println(k.PID, err)
			_, _ = io.Copy(io.Discard, os.Stdin)
			os.Exit(0)
		}
	}
	os.Exit(m.Run())
}

// owner runs the test's binary as the process that owns something, and returns the first word that it says.
func owner(t *testing.T, args ...string) (*exec.Cmd, string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
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
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	var word, said string
	if _, err := fmt.Fscan(out, &word, &said); err != nil || said != "<nil>" {
		t.Fatalf("the owner said %q %q, %v", word, said, err)
	}
	return cmd, word
}

// eventually waits until done is true, for so long that only what never happens fails.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	limit, tick := time.After(30*time.Second), time.NewTicker(10*time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("never: %s", what)
		}
	}
}

func refuses(addr string) bool {
	c, err := net.Dial("tcp", addr)
	if err == nil {
		c.Close()
	}
	return err != nil
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   string
		want Spec
		err  string
	}{
		{"embedded", Spec{Embedded, 1}, ""},
		{"embedded:3", Spec{Embedded, 3}, ""},
		{"java", Spec{Java, 1}, ""},
		{"java:9", Spec{Java, 9}, ""},
		{"docker:3", Spec{Docker, 3}, ""},
		{"running", Spec{Running, 0}, ""},
		// It is known only when it is opened how many run.
		{"running:3", Spec{}, "takes no number"},
		{"", Spec{}, "is not known"},
		{"jav", Spec{}, "embedded, java[:N], docker[:N] or running"},
		{"Java", Spec{}, "is not known"},
		{"java:", Spec{}, `"" is not a number`},
		{"java:x", Spec{}, `"x" is not a number`},
		{"java:+1", Spec{}, "is not a number"},
		{"java:0", Spec{}, "it is 1 to 9"},
		{"java:-1", Spec{}, "it is 1 to 9"},
		{"java:10", Spec{}, "it is 1 to 9"},
		// The compose file has these two.
		{"docker:2", Spec{}, "it is 1 or 3"},
	} {
		got, err := Parse(tt.in)
		if tt.err == "" && (err != nil || got != tt.want) || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("Parse(%q) = %v, %v, want %v, %q", tt.in, got, err, tt.want, tt.err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"embedded", "java:3", "docker:1", "running", "java:+", ":"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		spec, err := Parse(s)
		if err != nil {
			return
		}
		if again, err := Parse(spec.String()); err != nil || again != spec {
			t.Errorf("Parse(%q) = %v, which prints as %q and parses as %v, %v", s, spec, spec.String(), again, err)
		}
	})
}

func TestUserDir(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "/x/cache")
	t.Setenv("XDG_STATE_HOME", "relative") // the rules say to ignore it
	t.Setenv("HOME", "/x/home")
	t.Setenv("KAFKA_HOME", "/x/kafka")
	t.Setenv("TMPDIR", "here")
	o, err := Options{}.fill()
	if err != nil {
		t.Fatal(err)
	}
	if here, err := filepath.Abs("here"); err != nil || o.TempDir != here {
		t.Errorf("the folder for data is %q, want %q", o.TempDir, here)
	}
	if o.CacheDir != "/x/cache/kbench" || o.StateDir != "/x/home/.local/state/kbench" || o.KafkaHome != "/x/kafka" {
		t.Errorf("cache %q, state %q, kafka %q", o.CacheDir, o.StateDir, o.KafkaHome)
	}
	t.Setenv("HOME", "")
	if _, err := (Options{}).fill(); err == nil || !strings.Contains(err.Error(), "XDG_STATE_HOME") {
		t.Errorf("without a home: %v, want an error that says what to set", err)
	}
}

func TestOpenEmbedded(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	c, err := Open(ctx, Spec{Embedded, 2}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	if c.Kind() != "embedded" || c.Engine() != Embedded || !c.Fresh() || !strings.HasPrefix(c.Version(), "kfake") || c.Started().IsZero() {
		t.Errorf("kind %s, engine %s, fresh %v, version %s, started %v", c.Kind(), c.Engine(), c.Fresh(), c.Version(), c.Started())
	}
	a, err := admin.Open(ctx, c.Brokers(), "test")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	d, err := a.Describe(ctx)
	if err != nil || d.Kind != admin.KindEmbedded || len(d.Nodes) != 2 {
		t.Fatalf("Describe = %+v, %v, want 2 embedded nodes", d, err)
	}
	for i, n := range c.Nodes() {
		if n.ID != d.Nodes[i].ID || n.Addr != d.Nodes[i].Addr {
			t.Errorf("node %d is %d at %s, and the cluster says %+v", i, n.ID, n.Addr, d.Nodes[i])
		}
	}
	pauseEmbedded(t, c, a)
	for _, f := range []func(context.Context) error{c.Nodes()[1].Kill, c.Nodes()[1].Stop, c.Nodes()[1].Start, c.Nodes()[1].Restart} {
		if err := f(ctx); !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "node 1 at 127.0.0.1:") {
			t.Errorf("got %v, want ErrUnsupported for node 1", err)
		}
	}
	for range 2 { // twice is harmless
		if err := c.Close(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if !refuses(c.Brokers()[0]) {
		t.Error("the broker still listens after Close")
	}
	if err := c.Nodes()[0].Pause(ctx); err == nil || !strings.Contains(err.Error(), "the process ended") {
		t.Errorf("pause after Close = %v", err)
	}
}

// pauseEmbedded checks that a paused broker answers nothing, and that what was asked of it meanwhile is answered after.
func pauseEmbedded(t *testing.T, c *Cluster, a *admin.Admin) {
	t.Helper()
	n := c.Nodes()[0]
	if err := n.Pause(t.Context()); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := a.Describe(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a paused broker was asked, and the answer is %v, want the context's end", err)
	}
	if err := n.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Describe(t.Context()); err != nil {
		t.Errorf("after resuming: %v", err)
	}
}

func TestEmbeddedEndsWithItsOwner(t *testing.T) {
	t.Parallel()
	cmd, addr := owner(t, "own-embedded", t.TempDir())
	if refuses(addr) {
		t.Fatal("the broker does not listen")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the broker of a killed owner ends", func() bool { return refuses(addr) })
}

func TestOpenEmbeddedFails(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		what    string
		command []string
		want    string
	}{
		{"a program that is not there", []string{"/no/such/program"}, "no such file"},
		{"one that ends", []string{"/bin/sh", "-c", "echo broken pieces >&2; exit 3"}, "broken pieces"},
		{"one that says something else", []string{"/bin/sh", "-c", "echo hello; read x"}, "did not say where it listens"},
		{"one that says too few addresses", []string{"/bin/sh", "-c", `echo '{"brokers":[]}'; read x`}, "it told 0 addresses"},
	} {
		c, err := Open(t.Context(), Spec{Embedded, 1}, Options{EmbeddedCommand: tt.command})
		if c != nil || err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.what, err, tt.want)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Open(ctx, Spec{Embedded, 1}, Options{EmbeddedCommand: []string{"/bin/sh", "-c", "read x"}}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one that says nothing: %v, want the context's end", err)
	}
}

func TestServeEmbedded(t *testing.T) {
	t.Parallel()
	if err := ServeEmbedded(t.Context(), strings.NewReader(""), io.Discard, 0); err == nil {
		t.Error("0 nodes were accepted")
	}
	if err := ServeEmbedded(t.Context(), strings.NewReader(""), io.Discard, 1); err != nil {
		t.Errorf("at the end of its input: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, w := io.Pipe()
	defer w.Close()
	if err := ServeEmbedded(ctx, r, io.Discard, 1); err != nil {
		t.Errorf("at the end of its context: %v", err)
	}
}

func TestKeeperBoundsMemory(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	c, k, err := newFake(1)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	a, err := admin.Open(ctx, c.ListenAddrs(), "test")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for _, topic := range []string{"big", "small", "gone"} {
		if err := a.CreateTopic(ctx, topic, 2, 1, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.DeleteTopic(ctx, "gone"); err != nil {
		t.Fatal(err)
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(kgo.NoCompression()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	put := func(topic string, partition int32) {
		r := &kgo.Record{Topic: topic, Partition: partition, Value: make([]byte, 1000)}
		if err := client.ProduceSync(ctx, r).FirstErr(); err != nil { // one batch each, so that each can go
			t.Fatal(err)
		}
	}
	for range 100 {
		put("big", 0)
		put("big", 1)
	}
	put("small", 0)

	const limit = 50_000
	k.trim(1 << 30)
	if first, err := a.StartOffsets(ctx, "big"); err != nil || first[0] != 0 {
		t.Errorf("below the limit the first offsets are %v, %v, want 0", first, err)
	}
	k.trim(limit)
	var bytes int64
	for _, topic := range []string{"big", "small"} {
		n, ok := a.DiskBytes(ctx, topic)
		if !ok {
			t.Fatalf("the size of %s is not known", topic)
		}
		bytes += n
	}
	if bytes > limit+4*1100 || bytes < limit/2 {
		t.Errorf("%d bytes are left, want about %d", bytes, limit)
	}
	end, err := a.EndOffsets(ctx, "big")
	if err != nil || end[0] != 100 || end[1] != 100 {
		t.Errorf("the end offsets are %v, %v, want 100", end, err)
	}
}

// expired returns a context that ends after d.
func expired(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
