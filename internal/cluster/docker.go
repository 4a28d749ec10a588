package cluster

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Limits on docker's commands.
const (
	askLimit  = 15 * time.Second // for what only asks the daemon
	pullLimit = 15 * time.Minute // for up, which may fetch an image
)

// profile is the part of the compose file that has n nodes.
func profile(nodes int) string {
	if nodes == 1 {
		return "kafka"
	}
	return fmt.Sprintf("kafka-%d", nodes)
}

// container is the name of node id's container, and its service's in the compose file.
func container(nodes int, id int32) string {
	if nodes == 1 {
		return "kbench-kafka"
	}
	return fmt.Sprintf("kbench-kafka-%d", id)
}

// dockerPorts are the host's ports of the nodes, as the compose file has them.
func dockerPorts(nodes int) []int {
	if nodes == 1 {
		return []int{9092}
	}
	return []int{19092, 19093, 19094}
}

// dockerCluster describes the containers, whose ids and ports are fixed.
func dockerCluster(nodes int, version string, started time.Time, o Options) *Cluster {
	c := &Cluster{engine: Docker, version: version, started: started}
	ports := o.dockerPorts
	if ports == nil {
		ports = dockerPorts(nodes)
	}
	for i, port := range ports {
		name := container(nodes, int32(i+1))
		c.nodes = append(c.nodes, &Node{ID: int32(i + 1), Addr: loopback(port), do: func(ctx context.Context, a action) error {
			return dockerAct(ctx, name, a)
		}})
	}
	return c
}

// dockerAct does a to a container.
func dockerAct(ctx context.Context, name string, a action) error {
	if a == actResume {
		// Docker calls it an error to resume what is not paused; here that is nothing to do.
		out, err := runDocker(ctx, askLimit, "inspect", "--format", "{{.State.Paused}}", name)
		if err != nil || strings.TrimSpace(out) != "true" {
			return err
		}
	}
	args := []string{string(a), name}
	if a == actStop {
		args = []string{"stop", "-t", fmt.Sprint(int(stopLimit.Seconds())), name}
	}
	_, err := runDocker(ctx, stopLimit+askLimit, args...)
	return err
}

// openDocker starts containers that end with this process.
func openDocker(ctx context.Context, nodes int, o Options) (*Cluster, error) {
	o, unlock, err := lockDocker(ctx, o)
	if err != nil {
		return nil, err
	}
	release, err := downWithOwner(ctx, o)
	if err != nil {
		unlock()
		return nil, fmt.Errorf("start Kafka in docker: %w", err)
	}
	end := func(ctx context.Context) error {
		defer unlock()
		err := downDocker(ctx, o)
		release(err == nil)
		return err
	}
	version, err := composeUp(ctx, nodes, o)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start Kafka in docker: %w", err), end(context.WithoutCancel(ctx)))
	}
	c := dockerCluster(nodes, version, time.Now(), o)
	c.fresh, c.close = true, end
	return c, nil
}

// upDocker starts containers that stay.
func upDocker(ctx context.Context, nodes int, o Options) (*State, error) {
	o, unlock, err := lockDocker(ctx, o)
	if err != nil {
		return nil, err
	}
	defer unlock()
	s := &State{Engine: Docker, Count: nodes, Dir: o.StateDir}
	if err := writeState(o, s); err != nil {
		return nil, fmt.Errorf("start Kafka in docker: %w", err)
	}
	if s.Version, err = composeUp(ctx, nodes, o); err != nil {
		return nil, errors.Join(fmt.Errorf("start Kafka in docker: %w", err), down(context.WithoutCancel(ctx), o, s))
	}
	s.Brokers, s.Started = dockerCluster(nodes, "", time.Time{}, o).Brokers(), time.Now()
	return s, writeState(o, s)
}

// lockDocker makes this kbench the only one to use docker, whose containers have fixed names and ports, and looks
// whether docker can be used at all. The options know then how compose is called here.
func lockDocker(ctx context.Context, o Options) (_ Options, unlock func(), err error) {
	if o.compose, err = checkDocker(ctx); err != nil {
		return o, nil, fmt.Errorf("start Kafka in docker: %w", err)
	}
	s, err := readState(o)
	if err != nil {
		return o, nil, err
	}
	if s != nil && s.Engine == Docker {
		return o, nil, errors.New("start Kafka in docker: one is up already: use --cluster running, or run kbench cluster down first")
	}
	quick, cancel := context.WithTimeoutCause(ctx, time.Second, errors.New("it runs a Kafka in docker; wait until it has ended"))
	defer cancel()
	unlock, err = lock(quick, filepath.Join(o.StateDir, "docker.lock"))
	if err != nil {
		return o, nil, fmt.Errorf("start Kafka in docker: %w", err)
	}
	return o, unlock, nil
}

// checkDocker says what is missing of a docker that can run the compose file, and how compose is called.
func checkDocker(ctx context.Context) (words []string, err error) {
	if _, err := exec.LookPath("docker"); err != nil {
		return nil, fmt.Errorf("%w; install Docker with its compose plugin, or use the engine java", err)
	}
	if _, err := runDocker(ctx, askLimit, "version", "--format", "{{.Server.Version}}"); err != nil {
		return nil, fmt.Errorf("its daemon does not answer: %w; start it, or use the engine java", err)
	}
	return findCompose(ctx)
}

// runDocker runs one command of docker and returns what it wrote to its standard output.
func runDocker(ctx context.Context, limit time.Duration, args ...string) (string, error) {
	return runProgram(ctx, limit, append([]string{"docker"}, args...))
}

func runProgram(ctx context.Context, limit time.Duration, argv []string) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("no answer after %v", limit))
	defer cancel()
	stdout, _, err := run(ctx, command{path: argv[0], args: argv[1:]})
	return stdout, err
}

// runningContainers reports which of the nodes' containers run; a paused one does.
func runningContainers(ctx context.Context, nodes int) ([]bool, error) {
	out, err := runDocker(ctx, askLimit, "ps", "--filter", "name=kbench-kafka", "--format", "{{.Names}}")
	if err != nil {
		return nil, fmt.Errorf("look for Kafka in docker: %w", err)
	}
	names := strings.Fields(out)
	running := make([]bool, nodes)
	for i := range running {
		running[i] = slices.Contains(names, container(nodes, int32(i+1)))
	}
	return running, nil
}

// containersRun says which node's container has ended, and the last that it said. It asks docker once a second at most,
// however often it is asked itself: each question starts a program, and Kafka is starting on the same CPUs.
func containersRun(ctx context.Context, nodes int) func() error {
	var asked time.Time
	return func() error {
		if time.Since(asked) < time.Second {
			return nil
		}
		asked = time.Now()
		running, err := runningContainers(ctx, nodes)
		if err != nil {
			return err
		}
		if i := slices.Index(running, false); i >= 0 {
			name := container(nodes, int32(i+1))
			return fmt.Errorf("container %s has ended%s", name, lastWords(ctx, name))
		}
		return nil
	}
}

// lastWords returns what a container said last, as the end of a message.
func lastWords(ctx context.Context, name string) string {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	stdout, stderr, err := run(ctx, command{path: "docker", args: []string{"logs", "--tail", "20", name}})
	if err != nil {
		return "" // that it has ended is said already
	}
	return lastLines(stdout + "\n" + stderr)
}
