package cluster

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// embeddedLimit is how long the child process may take to tell its addresses.
const embeddedLimit = 10 * time.Second

// embeddedMemory is what the child's garbage collector keeps to: kfake's logs grow by copying, and without a limit the
// copies would take several times the room of the records.
const embeddedMemory = "2GiB"

// embedded is the child process.
type embedded struct {
	cmd     *exec.Cmd
	process process
	stdin   io.Closer
	done    chan struct{} // closed once it has ended
	tail    tail          // of what it wrote to its standard error
}

func openEmbedded(ctx context.Context, nodes int, o Options) (*Cluster, error) {
	e, hello, err := startEmbedded(ctx, nodes, o)
	if err != nil {
		return nil, fmt.Errorf("start the embedded broker: %w", err)
	}
	if _, err := waitReady(ctx, hello.Brokers, e.alive); err != nil {
		return nil, errors.Join(fmt.Errorf("start the embedded broker: %w", err), e.close())
	}
	c := &Cluster{
		engine: Embedded, version: hello.Version, started: time.Now(), fresh: true,
		close: func(context.Context) error { return e.close() },
	}
	for i, addr := range hello.Brokers {
		c.nodes = append(c.nodes, &Node{ID: int32(i), Addr: addr, do: e.do})
	}
	return c, nil
}

// startEmbedded starts the child and waits for its first line.
func startEmbedded(ctx context.Context, nodes int, o Options) (*embedded, embeddedHello, error) {
	var hello embeddedHello
	argv := append(slices.Clone(o.EmbeddedCommand), strconv.Itoa(nodes))
	e := &embedded{cmd: exec.Command(argv[0], argv[1:]...), done: make(chan struct{})}
	// A group of its own: Ctrl-C is for the parent. And if the parent dies while this is paused, the kernel ends a
	// stopped group that nobody is left to resume.
	e.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	e.cmd.Stderr = &e.tail
	e.cmd.Env = append(os.Environ(), "GOMEMLIMIT="+embeddedMemory)
	stdin, err := e.cmd.StdinPipe()
	if err != nil {
		return nil, hello, err
	}
	e.stdin = stdin
	stdout, err := e.cmd.StdoutPipe()
	if err != nil {
		return nil, hello, err
	}
	if err := e.cmd.Start(); err != nil {
		return nil, hello, err
	}
	first := make(chan error, 1)
	go func() {
		defer close(e.done)
		line, err := bufio.NewReader(io.LimitReader(stdout, 64<<10)).ReadBytes('\n')
		if err == nil {
			err = json.Unmarshal(line, &hello)
		}
		first <- err
		_, _ = io.Copy(io.Discard, stdout)
		_ = e.cmd.Wait()
	}()
	ctx, cancel := context.WithTimeoutCause(ctx, embeddedLimit, fmt.Errorf("%s told no addresses in %v", argv[0], embeddedLimit))
	defer cancel()
	select {
	case err = <-first:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if err == nil && len(hello.Brokers) != nodes {
		err = fmt.Errorf("it told %d addresses", len(hello.Brokers))
	}
	if err == nil {
		if e.process, err = identify(e.cmd.Process.Pid); err == nil {
			return e, hello, nil
		}
	}
	e.kill()
	<-e.done
	return nil, embeddedHello{}, fmt.Errorf("%s did not say where it listens: %w%s", strings.Join(argv, " "), err, lastLines(e.tail.String()))
}

// alive is nil while the child runs.
func (e *embedded) alive() error {
	select {
	case <-e.done:
		return fmt.Errorf("the process ended%s", lastLines(e.tail.String()))
	default:
		return nil
	}
}

// kill ends the child and what it may have started, whose hold on the pipes would keep done from closing. Until done
// is closed the number is the child's.
func (e *embedded) kill() {
	select {
	case <-e.done:
	default:
		_ = syscall.Kill(-e.cmd.Process.Pid, syscall.SIGKILL)
	}
}

// close ends the child at once: it holds nothing that is worth an orderly end.
func (e *embedded) close() error {
	_ = e.stdin.Close()
	e.kill() // a paused child would not see that its input has ended
	select {
	case <-e.done:
		return nil
	case <-time.After(killLimit):
		return fmt.Errorf("end the embedded broker: process %d is still there after %v", e.cmd.Process.Pid, killLimit)
	}
}

func (e *embedded) do(ctx context.Context, a action) error {
	if err := e.alive(); err != nil {
		return err
	}
	switch a {
	case actPause:
		return e.process.pause(ctx)
	case actResume:
		return e.process.signal(syscall.SIGCONT)
	}
	return fmt.Errorf("the embedded broker can only be paused and resumed, its records are in memory: %w; use --cluster java or docker", ErrUnsupported)
}
