package cluster

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"kbench/internal/unit"
)

// A jvm is one node of a Kafka on this machine, as the state file has it.
type jvm struct {
	ID      int32    `json:"id"`
	Addr    string   `json:"addr"`
	Linked  string   `json:"linked,omitempty"` // where it takes what comes through its link
	Link    string   `json:"link,omitempty"`   // where it tells such clients that the link is
	Dir     string   `json:"dir"`              // its settings, data and logs
	Argv    []string `json:"argv"`             // starts it
	Process process  `json:"process"`
}

// logFile is what the broker writes; outFile what the JVM itself does, which is nothing unless it cannot start.
func (n *jvm) logFile() string { return filepath.Join(n.Dir, "server.log") }
func (n *jvm) outFile() string { return filepath.Join(n.Dir, "console.log") }
func (n *jvm) dataDir() string { return filepath.Join(n.Dir, "data") }

// jvms are the nodes of one cluster. The lock covers their processes, which faults end and start.
type jvms struct {
	mu    sync.Mutex
	nodes []*jvm
	kept  []*kept      // those that end with this process; nil for a cluster that stays
	stay  bool         // start them so that they stay
	save  func() error // notes changed processes where the cluster stays; nil where it does not
}

func openJava(ctx context.Context, nodes int, o Options) (*Cluster, error) {
	k, err := findKafka(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("start Kafka: %w", err)
	}
	dir, err := os.MkdirTemp(o.TempDir, "kbench-kafka-")
	if err != nil {
		return nil, fmt.Errorf("start Kafka: %w", err)
	}
	js := &jvms{}
	if err := js.boot(ctx, k, nodes, dir, o); err != nil {
		return nil, errors.Join(fmt.Errorf("start Kafka: %w", err), js.abandon(ctx, dir))
	}
	c := js.cluster(k.version, time.Now())
	c.fresh = true
	c.close = func(context.Context) error { return js.discard(dir) }
	return c, nil
}

// cluster describes js to the package's users.
func (js *jvms) cluster(version string, started time.Time) *Cluster {
	c := &Cluster{engine: Java, version: version, started: started}
	for _, n := range js.nodes {
		c.nodes = append(c.nodes, &Node{ID: n.ID, Addr: n.Addr, linkAt: n.Link, linked: n.Linked, do: func(ctx context.Context, a action) error { return js.do(ctx, n, a) }})
	}
	return c
}

// boot makes and starts nodes that answer. Ports are free when they are chosen, and may be taken before they are
// used, so a clash is a reason to try again with others.
func (js *jvms) boot(ctx context.Context, k kafka, nodes int, dir string, o Options) error {
	for try := 1; ; try++ {
		err := js.bootOnce(ctx, k, nodes, dir, o)
		if err == nil || try == 3 || !js.portClash() {
			return err
		}
		if err := js.discard(dir); err != nil {
			return err
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		fmt.Fprintln(o.Log, "kbench: a port was taken meanwhile, starting Kafka again")
	}
}

func (js *jvms) bootOnce(ctx context.Context, k kafka, nodes int, dir string, o Options) error {
	ports, err := freePorts(portKinds * nodes)
	if err != nil {
		return err
	}
	js.nodes, js.kept = nil, nil
	clusterID := newClusterID()
	for i := range nodes {
		id := i + 1
		n := &jvm{
			ID: int32(id), Addr: portOf(ports, portClients, id), Linked: portOf(ports, portLinked, id), Link: portOf(ports, portLink, id),
			Dir: filepath.Join(dir, "node-"+strconv.Itoa(id)),
		}
		if err := layOut(n, k, ports, heap(o.Heap, nodes), o.ServerProperties); err != nil {
			return err
		}
		js.nodes = append(js.nodes, n)
	}
	if err := js.format(ctx, k, clusterID); err != nil {
		return err
	}
	for _, n := range js.nodes {
		if err := js.start(n); err != nil {
			return err
		}
	}
	addrs := make([]string, nodes)
	for i, n := range js.nodes {
		addrs[i] = n.Addr
	}
	if _, err := waitReady(ctx, addrs, js.alive); err != nil {
		if js.alive() == nil {
			err = fmt.Errorf("%w; the log of node 1 is %s%s", err, js.nodes[0].logFile(), js.nodes[0].said())
		}
		return err
	}
	return nil
}

// format prepares every node's data folder. The JVMs that do it run side by side.
func (js *jvms) format(ctx context.Context, k kafka, id string) error {
	errs := make([]error, len(js.nodes))
	var all sync.WaitGroup
	for i, n := range js.nodes {
		all.Go(func() {
			c := command{path: k.java, args: []string{
				"-Xmx128m", "-XX:TieredStopAtLevel=1", log4jOption(n.Dir), "-cp", k.libs + "/*",
				"kafka.tools.StorageTool", "format", "-t", id, "-c", filepath.Join(n.Dir, "server.properties"),
			}}
			if _, _, err := run(ctx, c); err != nil {
				errs[i] = fmt.Errorf("format node %d: %w", n.ID, err)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// start starts n's process. The caller holds the lock, or is alone.
func (js *jvms) start(n *jvm) (err error) {
	if js.stay {
		n.Process, err = startDetached(n.Argv, n.Dir, n.outFile())
	} else {
		var k *kept
		if k, err = startKept(n.Argv, n.Dir, n.outFile()); err == nil {
			n.Process, js.kept = k.process, append(js.kept, k)
		}
	}
	if err == nil && js.save != nil {
		err = js.save()
	}
	if err != nil {
		return fmt.Errorf("start node %d: %w%s", n.ID, err, n.said())
	}
	return nil
}

// alive says which node has ended, and the last that it said.
func (js *jvms) alive() error {
	js.mu.Lock()
	defer js.mu.Unlock()
	for _, n := range js.nodes {
		if !n.Process.alive() {
			return fmt.Errorf("node %d has ended; its log is %s%s", n.ID, n.logFile(), n.said())
		}
	}
	return nil
}

// said returns the end of what the node complained of, or else of all that it said, as the end of a message. What
// the JVM itself says is always a complaint.
func (n *jvm) said() string {
	// A file that cannot be read has nothing in it: the node has not come so far.
	log, _ := os.ReadFile(n.logFile())
	out, _ := os.ReadFile(n.outFile())
	var complaints strings.Builder
	for line := range strings.Lines(string(log)) {
		if strings.Contains(line, " ERROR ") || strings.Contains(line, " FATAL ") || strings.Contains(line, "Exception: ") {
			complaints.WriteString(line)
		}
	}
	complaints.Write(out)
	return lastLines(cmp.Or(complaints.String(), string(log)))
}

// portClash reports whether a node could not listen.
func (js *jvms) portClash() bool {
	for _, n := range js.nodes {
		if b, err := os.ReadFile(n.logFile()); err == nil && strings.Contains(string(b), "Address already in use") {
			return true
		}
	}
	return false
}

// do does a to n.
func (js *jvms) do(ctx context.Context, n *jvm, a action) error {
	js.mu.Lock()
	p := n.Process
	js.mu.Unlock()
	switch a {
	case actPause:
		return p.pause(ctx)
	case actResume:
		return p.signal(syscall.SIGCONT)
	case actKill:
		if !p.alive() {
			return errEnded
		}
		return p.kill()
	case actStop:
		return p.stop(ctx)
	}
	js.mu.Lock()
	defer js.mu.Unlock()
	if n.Process.alive() {
		return errors.New("it is running already")
	}
	return js.start(n)
}

// discard ends every node at once and removes dir: nobody will read those data again.
func (js *jvms) discard(dir string) error { return errors.Join(js.end(), os.RemoveAll(dir)) }

// abandon ends what did not come up. It leaves the logs, which the error points to, unless the user has given up.
func (js *jvms) abandon(ctx context.Context, dir string) error {
	if ctx.Err() != nil || len(js.nodes) == 0 {
		return js.discard(dir)
	}
	errs := []error{js.end()}
	for _, n := range js.nodes {
		errs = append(errs, os.RemoveAll(n.dataDir()))
	}
	return errors.Join(errs...)
}

// end kills every node.
func (js *jvms) end() error {
	js.mu.Lock()
	defer js.mu.Unlock()
	var errs []error
	for _, n := range js.nodes {
		if n.Process != (process{}) {
			errs = append(errs, n.Process.kill())
		}
	}
	for _, k := range js.kept {
		errs = append(errs, k.join())
	}
	return errors.Join(errs...)
}

// heap is the size of one JVM's heap.
func heap(asked unit.Size, nodes int) unit.Size {
	switch {
	case asked > 0:
		return asked
	case nodes == 1:
		return 512 << 20
	}
	return 384 << 20
}

// newClusterID returns a random id as Kafka writes them: 16 bytes in URL-safe base 64, of which Kafka refuses those
// that begin with a dash.
func newClusterID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	b[0] &= 0x7f
	return base64.RawURLEncoding.EncodeToString(b)
}

// freePorts returns n ports that nobody listens on now. They lie below the range that systems give to outgoing
// connections: a client that keeps connecting to a killed node's port out of that range can be given the very port
// as its own, be connected to itself, and so keep the node from coming back.
func freePorts(n int) ([]int, error) {
	const first, count = 20000, 12000
	ports := make([]int, 0, n)
	for tries := 0; len(ports) < n; tries++ {
		if tries > 100*n {
			return nil, fmt.Errorf("find %d free ports from %d to %d: too many are taken", n, first, first+count-1)
		}
		port := first + mathrand.IntN(count)
		l, err := net.Listen("tcp", loopback(port))
		if err != nil {
			continue
		}
		defer func() { _ = l.Close() }() // held until all are chosen, so that none is chosen twice
		ports = append(ports, port)
	}
	return ports, nil
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
