// Package cluster starts brokers to test, and does to them what faults need: pause, resume, kill, stop, start, slow.
//
// There are three engines. embedded is franz-go's fake broker in a child process: it speaks the protocol and is not
// Kafka. java is Apache Kafka as JVM nodes on this machine, docker the same in containers. What Open starts ends with
// its owner, however that ends; what Up starts stays until Down, and the spec "running" means that one. Every broker
// listens on loopback only.
//
// Processes are started and signalled as Unix has it: the package needs Linux, macOS or another Unix.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"kbench/internal/fault"
	"kbench/internal/unit"
)

// An Engine is a way of running brokers.
type Engine string

// The values of Engine. Running is no engine of its own but what Up has started with one.
const (
	Embedded Engine = "embedded"
	Java     Engine = "java"
	Docker   Engine = "docker"
	Running  Engine = "running"
)

// A Spec says which brokers to test.
type Spec struct {
	Engine Engine
	Nodes  int // 0 for Running, whose number is known when it is opened
}

// maxNodes is as many as Parse takes: more on one machine measure only the machine.
const maxNodes = 9

// Parse reads embedded[:N], java[:N], docker[:N] or running; N is 1 where it is left out.
func Parse(s string) (Spec, error) {
	word, count, counted := strings.Cut(s, ":")
	spec := Spec{Engine: Engine(word), Nodes: 1}
	switch spec.Engine {
	case Embedded, Java, Docker:
	case Running:
		if counted {
			return Spec{}, fmt.Errorf("cluster %q: running takes no number of nodes; kbench cluster up --nodes does", s)
		}
		return Spec{Engine: Running}, nil
	default:
		return Spec{}, fmt.Errorf("cluster %q is not known: it is embedded, java[:N], docker[:N] or running", s)
	}
	if counted {
		n, err := strconv.Atoi(count)
		if err != nil || count[0] == '+' {
			return Spec{}, fmt.Errorf("cluster %q: %q is not a number of nodes (example: %s:3)", s, count, word)
		}
		spec.Nodes = n
	}
	return spec, spec.check()
}

// check says what is wrong with an engine and a number of nodes.
func (s Spec) check() error {
	switch {
	case s.Engine != Embedded && s.Engine != Java && s.Engine != Docker:
		return fmt.Errorf("engine %q is not known: it is java or docker", s.Engine)
	case s.Nodes < 1 || s.Nodes > maxNodes:
		return fmt.Errorf("cluster %s: %d nodes were asked for; it is 1 to %d", s.Engine, s.Nodes, maxNodes)
	case s.Engine == Docker && s.Nodes != 1 && s.Nodes != 3:
		return fmt.Errorf("cluster docker: %d nodes were asked for; it is 1 or 3", s.Nodes)
	}
	return nil
}

// String prints what Parse reads.
func (s Spec) String() string {
	if s.Nodes <= 1 {
		return string(s.Engine)
	}
	return fmt.Sprintf("%s:%d", s.Engine, s.Nodes)
}

// Options are what a cluster may be told. The zero value is good for a user's machine.
type Options struct {
	Log             io.Writer // progress, a line each; nil for none
	EmbeddedCommand []string  // starts ServeEmbedded; the number of nodes is added. nil: this program with EmbeddedWord
	Heap            unit.Size // of each JVM; 0: 512 MiB for one node, 384 MiB for each of more
	KafkaHome       string    // an installed Kafka, with libs/; "": KAFKA_HOME, or else one fetched from Maven
	KafkaVersion    string    // of the one fetched; "": KBENCH_KAFKA_VERSION, or else the one that kbench is made with
	CacheDir        string    // where that is kept; "": kbench in XDG_CACHE_HOME or ~/.cache
	StateDir        string    // where Up notes what it started; "": kbench in XDG_STATE_HOME or ~/.local/state
	TempDir         string    // for the data of clusters that end with their owner; "": TMPDIR, or else /var/tmp
	dockerPorts     []int     // of docker's nodes, for tests; nil: the compose file's
	compose         []string  // how docker's compose is called; nil: not looked for yet

	// ServerProperties changes the settings with which a node of the engine java starts, for a broker that is set up otherwise
	// than kbench needs; nil: they stay. The listener of kbench's own must stay.
	ServerProperties func(text string) string
}

// EmbeddedWord is the hidden command of kbench that calls ServeEmbedded, followed by the number of nodes.
const EmbeddedWord = "embedded-broker"

// fill puts the defaults in.
func (o Options) fill() (Options, error) {
	if o.Log == nil {
		o.Log = io.Discard
	}
	if len(o.EmbeddedCommand) == 0 {
		self, err := os.Executable()
		if err != nil {
			return o, fmt.Errorf("find this program, to run it again as the embedded broker: %w", err)
		}
		o.EmbeddedCommand = []string{self, EmbeddedWord}
	}
	if o.KafkaHome == "" {
		o.KafkaHome = os.Getenv("KAFKA_HOME")
	}
	if o.KafkaVersion == "" {
		o.KafkaVersion = os.Getenv("KBENCH_KAFKA_VERSION")
	}
	if o.TempDir == "" {
		o.TempDir = tempDir()
	}
	var err error
	if o.CacheDir == "" {
		o.CacheDir, err = userDir("XDG_CACHE_HOME", ".cache")
	}
	if o.StateDir == "" && err == nil {
		o.StateDir, err = userDir("XDG_STATE_HOME", ".local/state")
	}
	// Nodes run in folders of their own, where a relative path means something else.
	for _, dir := range []*string{&o.KafkaHome, &o.TempDir, &o.CacheDir, &o.StateDir} {
		if *dir != "" && err == nil {
			*dir, err = filepath.Abs(*dir)
		}
	}
	return o, err
}

// tempDir prefers /var/tmp, since /tmp is in memory on many systems, and so would the logs be that are measured.
func tempDir() string {
	if info, err := os.Stat("/var/tmp"); os.Getenv("TMPDIR") == "" && err == nil && info.IsDir() {
		return "/var/tmp"
	}
	return os.TempDir()
}

// userDir returns kbench's folder below one that the XDG base directory rules name. A relative value is ignored, as
// those rules want it.
func userDir(variable, below string) (string, error) {
	if d := os.Getenv(variable); filepath.IsAbs(d) {
		return filepath.Join(d, "kbench"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find a folder for kbench's own files: %w; set HOME or %s", err, variable)
	}
	return filepath.Join(home, below, "kbench"), nil
}

// A Cluster is a set of brokers that answer. It is safe for concurrent use.
type Cluster struct {
	engine  Engine
	version string
	started time.Time
	fresh   bool
	nodes   []*Node
	close   func(context.Context) error // nil: nothing to end
	once    sync.Once                   // for close
	err     error                       // that close returned
	links   sync.Mutex                  // for opening and closing the nodes' links
}

// Open starts the brokers of spec, or finds those that Up has started, and returns once every one of them knows all
// the others. The caller closes it.
func Open(ctx context.Context, spec Spec, o Options) (*Cluster, error) {
	o, err := o.fill()
	if err != nil {
		return nil, err
	}
	if spec.Engine == Running {
		return openRunning(ctx, o)
	}
	if err := spec.check(); err != nil {
		return nil, err
	}
	switch spec.Engine {
	case Embedded:
		return openEmbedded(ctx, spec.Nodes, o)
	case Java:
		return openJava(ctx, spec.Nodes, o)
	default:
		return openDocker(ctx, spec.Nodes, o)
	}
}

// Brokers returns the addresses to connect to, HOST:PORT each.
func (c *Cluster) Brokers() []string {
	addrs := make([]string, len(c.nodes))
	for i, n := range c.nodes {
		addrs[i] = n.Addr
	}
	return addrs
}

// Kind returns embedded, which is not Kafka, or kafka.
func (c *Cluster) Kind() string {
	if c.engine == Embedded {
		return "embedded"
	}
	return "kafka"
}

// Engine returns how the brokers were started.
func (c *Cluster) Engine() Engine { return c.engine }

// Version returns the version of Kafka, or of the fake broker.
func (c *Cluster) Version() string { return c.version }

// Started returns when the brokers first all answered.
func (c *Cluster) Started() time.Time { return c.started }

// Fresh reports whether Open has just started the brokers, so that they are cold.
func (c *Cluster) Fresh() bool { return c.fresh }

// Nodes returns the brokers, by id.
func (c *Cluster) Nodes() []*Node { return append([]*Node(nil), c.nodes...) }

// Close ends what Open has started, and removes its data; brokers that Up has started stay. Closing twice is harmless.
// ctx bounds only the engine docker, whose containers are removed in the background if it ends: the others end at once.
func (c *Cluster) Close(ctx context.Context) error {
	c.once.Do(func() {
		c.err = c.unlink()
		if c.close != nil {
			c.err = errors.Join(c.err, c.close(ctx))
		}
	})
	return c.err
}

// ErrUnsupported is wrapped by the error for what cannot be done to a node of its engine.
var ErrUnsupported = errors.New("not possible with this engine")

// A Node is one broker. Its methods may be called from any goroutine, but not two at once for one node.
type Node struct {
	ID   int32  // as Kafka has it
	Addr string // HOST:PORT
	do   func(context.Context, action) error

	linkAt, linked string // the link's address, and the node's behind it; empty where the engine has no links
	link           atomic.Pointer[fault.Link]
}

// An action is what can be done to a node, under docker's names.
type action string

const (
	actPause  action = "pause"
	actResume action = "unpause"
	actKill   action = "kill"
	actStop   action = "stop"
	actStart  action = "start"
)

// Pause freezes the broker: its connections stay, and nothing answers. The embedded brokers are one process, so all of
// them are paused together.
func (n *Node) Pause(ctx context.Context) error { return n.act(ctx, actPause) }

// Resume ends a pause. A broker that is not paused does not mind.
func (n *Node) Resume(ctx context.Context) error { return n.act(ctx, actResume) }

// Kill ends the broker as a crash does, and returns when it is gone.
func (n *Node) Kill(ctx context.Context) error { return n.act(ctx, actKill) }

// Stop lets the broker shut down in order, which hands its partitions over, and returns when it has. After 30 s, or
// when ctx is done, it gives up with an error and the broker goes on shutting down.
func (n *Node) Stop(ctx context.Context) error { return n.act(ctx, actStop) }

// Start starts a broker that was stopped or killed, with its data, and returns without waiting until it answers: the
// time that takes is a part of what a fault measures.
func (n *Node) Start(ctx context.Context) error { return n.act(ctx, actStart) }

// Restart is Stop and then Start.
func (n *Node) Restart(ctx context.Context) error {
	if err := n.Stop(ctx); err != nil {
		return err
	}
	return n.Start(ctx)
}

func (n *Node) act(ctx context.Context, a action) error {
	if err := n.do(ctx, a); err != nil {
		return fmt.Errorf("%s node %d at %s: %w", a, n.ID, n.Addr, err)
	}
	return nil
}
