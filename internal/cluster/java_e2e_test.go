//go:build e2e

package cluster

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kbench/internal/admin"
)

// connect opens an Admin of the cluster.
func connect(t *testing.T, brokers []string) *admin.Admin {
	t.Helper()
	a, err := admin.Open(t.Context(), brokers, "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// answers waits until every node knows n nodes again.
func answers(t *testing.T, c *Cluster) {
	t.Helper()
	if _, err := waitReady(t.Context(), c.Brokers(), func() error { return nil }); err != nil {
		t.Fatal(err)
	}
}

func TestJavaOneNode(t *testing.T) {
	ctx := t.Context()
	temp := t.TempDir()
	c, err := Open(ctx, Spec{Java, 1}, Options{Log: os.Stderr, TempDir: temp})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	if c.Kind() != "kafka" || c.Engine() != Java || !c.Fresh() || c.Version() == "" {
		t.Errorf("kind %s, engine %s, fresh %v, version %q", c.Kind(), c.Engine(), c.Fresh(), c.Version())
	}
	a := connect(t, c.Brokers())
	d, err := a.Describe(ctx)
	if err != nil || d.Kind != admin.KindKafka || d.Version == "" || len(d.Nodes) != 1 || d.Nodes[0].ID != 1 || d.Nodes[0].Addr != c.Brokers()[0] {
		t.Errorf("Describe = %+v, %v", d, err)
	}
	t.Logf("%+v", d)
	if err := a.CreateTopic(ctx, "x", 3, 3, nil); admin.Class(err) != "INVALID_REPLICATION_FACTOR" || !strings.Contains(err.Error(), "the cluster has 1 node;") {
		t.Errorf("3 replicas on one node: %v", err)
	}
	if err := a.ValidateTopic(ctx, "a b", 1, 1, nil); admin.Class(err) != "INVALID_TOPIC_EXCEPTION" {
		t.Errorf("a bad name: %v", err)
	} else {
		t.Log(err)
	}
	if err := a.CreateTopic(ctx, "x", 1, 1, map[string]string{"no.such": "1"}); admin.Class(err) != "INVALID_CONFIG" {
		t.Errorf("a bad setting: %v", err)
	} else {
		t.Log(err)
	}
	if err := a.CreateTopic(ctx, "x", 3, 1, map[string]string{"retention.ms": "60000"}); err != nil {
		t.Fatal(err)
	}
	topic, err := a.Topic(ctx, "x")
	if err != nil || topic.Config["retention.ms"] != "60000" || len(topic.Partitions) != 3 {
		t.Errorf("Topic = %+v, %v", topic, err)
	}
	t.Logf("%+v", topic)
	if n, ok := a.DiskBytes(ctx, "x"); !ok {
		t.Errorf("DiskBytes = %d, %v", n, ok)
	}
	if end, err := a.EndOffsets(ctx, "x"); err != nil || len(end) != 3 {
		t.Errorf("EndOffsets = %v, %v", end, err)
	}
	if m, err := a.Committed(ctx, "nobody", "x"); err != nil || len(m) != 0 {
		t.Errorf("Committed = %v, %v", m, err)
	}
	if err := a.DeleteGroups(ctx, "nobody"); err != nil {
		t.Error(err)
	}
	if err := errors.Join(a.DeleteTopic(ctx, "x"), a.DeleteTopic(ctx, "x")); err != nil {
		t.Error(err)
	}
	faults(t, c, a)
	if err := c.Close(ctx); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) != 0 {
		t.Errorf("%v, %v is left", left, err)
	}
}

// faults does to the only node what can be done.
func faults(t *testing.T, c *Cluster, a *admin.Admin) {
	t.Helper()
	ctx := t.Context()
	n := c.Nodes()[0]
	if err := n.Pause(ctx); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	if _, err := a.Describe(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("paused: %v", err)
	}
	if _, err := admin.Open(short, c.Brokers(), "test"); err == nil {
		t.Error("paused, and it can be opened")
	}
	if err := n.Resume(ctx); err != nil {
		t.Fatal(err)
	}
	answers(t, c)
	if err := n.Kill(ctx); err != nil {
		t.Fatal(err)
	}
	if !refuses(n.Addr) {
		t.Error("killed, and it listens")
	}
	if err := n.Kill(ctx); err == nil {
		t.Error("killing what is dead is no error")
	}
	if err := n.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if err := n.Start(ctx); err == nil {
		t.Error("starting what runs is no error")
	}
	answers(t, c)
	start := time.Now()
	if err := n.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	t.Logf("stopped and started in %v", time.Since(start))
	answers(t, c)
}

func TestJavaThreeNodes(t *testing.T) {
	ctx := t.Context()
	start := time.Now()
	c, err := Open(ctx, Spec{Java, 3}, Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	t.Logf("ready after %v", time.Since(start))
	a := connect(t, c.Brokers())
	if err := a.CreateTopic(ctx, "x", 6, 3, nil); err != nil {
		t.Fatal(err)
	}
	topic, err := a.Topic(ctx, "x")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range topic.Partitions {
		if len(p.ISR) != 3 {
			t.Errorf("partition %+v was not whole when CreateTopic returned", p)
		}
	}
	if _, ok := a.DiskBytes(ctx, "x"); !ok {
		t.Error("DiskBytes is not known")
	}
	d, err := a.Describe(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range c.Nodes() {
		if n.ID != d.Controller {
			if err := n.Stop(ctx); err != nil {
				t.Error(err)
			}
			eventually(t, "the others see that a node is gone", func() bool {
				d, err := a.Describe(ctx)
				return err == nil && len(d.Nodes) == 2
			})
			if err := n.Start(ctx); err != nil {
				t.Error(err)
			}
			break
		}
	}
	answers(t, c)
}

func TestJavaEndsWithItsOwner(t *testing.T) {
	temp := t.TempDir()
	cmd, addr := owner(t, "own-java", temp)
	if refuses(addr) {
		t.Fatal("the broker does not listen")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the broker of a killed owner ends", func() bool { return refuses(addr) })
	eventually(t, "its data go", func() bool { left, err := os.ReadDir(temp); return err == nil && len(left) == 0 })
}

func TestJavaCanceled(t *testing.T) {
	temp := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // in the middle of it
	defer cancel()
	if _, err := Open(ctx, Spec{Java, 1}, Options{TempDir: temp}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Open = %v, want the context's end", err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) != 0 {
		t.Errorf("%v, %v is left", left, err)
	}
}

func TestJavaDoesNotComeUp(t *testing.T) {
	// A heap that no JVM takes: the node ends by itself, and its last words are in the error.
	temp := t.TempDir()
	_, err := Open(t.Context(), Spec{Java, 1}, Options{TempDir: temp, Heap: 1024})
	if err == nil || !strings.Contains(err.Error(), "node 1 has ended") || !strings.Contains(err.Error(), "Too small maximum heap") {
		t.Errorf("Open = %v", err)
	}
	// The log that the error names stays, the data do not.
	logs, _ := filepath.Glob(filepath.Join(temp, "*", "node-1", "console.log"))
	data, _ := filepath.Glob(filepath.Join(temp, "*", "node-1", "data"))
	if len(logs) != 1 || len(data) != 0 {
		t.Errorf("logs %q and data %q are left", logs, data)
	}
}

func TestJavaUpAndDown(t *testing.T) {
	ctx := t.Context()
	o := Options{StateDir: t.TempDir(), Log: os.Stderr}
	s, err := Up(ctx, Java, 1, o)
	if err != nil {
		t.Fatal(err)
	}
	defer Down(ctx, o)
	again, err := Up(ctx, Java, 1, o)
	if err != nil || again.JVMs[0].Process != s.JVMs[0].Process {
		t.Errorf("up again: %+v, %v, want the same process", again, err)
	}
	if _, err := Up(ctx, Java, 3, o); err == nil || !strings.Contains(err.Error(), "a java cluster is up already, and java:3 was asked for") {
		t.Errorf("up with other nodes: %v", err)
	}
	if err := s.JVMs[0].Process.pause(ctx); err != nil { // as a kbench leaves it that dies during a fault
		t.Fatal(err)
	}
	c, err := Open(ctx, Spec{Engine: Running}, o)
	if err != nil {
		t.Fatal(err)
	}
	if c.Fresh() || !c.Started().Equal(s.Started) || c.Engine() != Java || c.Version() != s.Version {
		t.Errorf("running: %+v", c)
	}
	n := c.Nodes()[0]
	if err := errors.Join(n.Pause(ctx), n.Resume(ctx), n.Kill(ctx)); err != nil {
		t.Error(err)
	}
	st, err := ReadStatus(ctx, o)
	if err != nil || !st.Stale() || st.Whole() {
		t.Errorf("with its node killed: %+v, %v, want stale", st, err)
	}
	if _, err := Open(ctx, Spec{Engine: Running}, o); err == nil || !strings.Contains(err.Error(), "not running any more") {
		t.Errorf("running with its node killed: %v", err)
	}
	if err := n.Start(ctx); err != nil {
		t.Error(err)
	}
	answers(t, c)
	if st, err = ReadStatus(ctx, o); err != nil || !st.Whole() || st.JVMs[0].Process == s.JVMs[0].Process {
		t.Errorf("started again: %+v, %v, want a new process in the state", st, err)
	}
	if err := c.Close(ctx); err != nil || refuses(n.Addr) {
		t.Errorf("closing what Up has started: %v, ended %v, want it to stay", err, refuses(n.Addr))
	}
	for i := range 2 {
		was, err := Down(ctx, o)
		if err != nil || (was != nil) != (i == 0) {
			t.Errorf("down %d: %+v, %v", i, was, err)
		}
	}
	if !refuses(n.Addr) {
		t.Error("down, and it listens")
	}
	left, _ := filepath.Glob(filepath.Join(o.StateDir, "*"))
	if len(left) != 1 || filepath.Base(left[0]) != "cluster.lock" {
		t.Errorf("%q is left", left)
	}
}

func TestJavaStaleStateIsCleared(t *testing.T) {
	ctx := t.Context()
	var said strings.Builder
	o := Options{StateDir: t.TempDir(), Log: &said}
	s, err := Up(ctx, Java, 1, o)
	if err != nil {
		t.Fatal(err)
	}
	defer Down(ctx, o)
	if err := s.JVMs[0].Process.kill(); err != nil { // as a restart of the machine does
		t.Fatal(err)
	}
	again, err := Up(ctx, Java, 1, o)
	if err != nil || !again.JVMs[0].Process.alive() || !strings.Contains(said.String(), "not running any more") {
		t.Errorf("up after a crash: %v, said %q", err, said.String())
	}
}
