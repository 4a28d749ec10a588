package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"kbench/docker"
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
	unlock, err := lockDocker(ctx, o)
	if err != nil {
		return nil, err
	}
	release, err := downWithOwner(o)
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
	unlock, err := lockDocker(ctx, o)
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
// whether docker can be used at all.
func lockDocker(ctx context.Context, o Options) (unlock func(), err error) {
	if err := checkDocker(ctx); err != nil {
		return nil, fmt.Errorf("start Kafka in docker: %w", err)
	}
	s, err := readState(o)
	if err != nil {
		return nil, err
	}
	if s != nil && s.Engine == Docker {
		return nil, errors.New("start Kafka in docker: one is up already: use --cluster running, or run kbench cluster down first")
	}
	quick, cancel := context.WithTimeoutCause(ctx, time.Second, errors.New("it runs a Kafka in docker; wait until it has ended"))
	defer cancel()
	unlock, err = lock(quick, filepath.Join(o.StateDir, "docker.lock"))
	if err != nil {
		return nil, fmt.Errorf("start Kafka in docker: %w", err)
	}
	return unlock, nil
}

// checkDocker says what is missing of a docker that can run the compose file.
func checkDocker(ctx context.Context) error {
	if _, err := exec.LookPath("docker"); err != nil {
		return fmt.Errorf("%w; install Docker with its compose plugin, or use the engine java", err)
	}
	if _, err := runDocker(ctx, askLimit, "version", "--format", "{{.Server.Version}}"); err != nil {
		return fmt.Errorf("its daemon does not answer: %w; start it, or use the engine java", err)
	}
	if _, err := runDocker(ctx, askLimit, "compose", "version"); err != nil {
		return fmt.Errorf("it has no compose plugin: %w; install docker-compose-plugin, or use the engine java", err)
	}
	return nil
}

// runDocker runs one command and returns what it wrote to its standard output.
func runDocker(ctx context.Context, limit time.Duration, args ...string) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("no answer after %v", limit))
	defer cancel()
	stdout, _, err := run(ctx, command{path: "docker", args: args})
	return stdout, err
}

// compose returns the arguments of docker that concern kbench's containers, all of them where no profile is named. The
// compose file is a part of this program, and docker gets a copy.
func compose(o Options, profiles []string, args ...string) ([]string, error) {
	file := filepath.Join(o.StateDir, "compose.yaml")
	if err := os.MkdirAll(o.StateDir, 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(file, []byte(docker.Compose()), 0o644); err != nil {
		return nil, err
	}
	out := []string{"compose", "-p", "kbench", "-f", file}
	for _, p := range profiles {
		out = append(out, "--profile", p)
	}
	return append(out, args...), nil
}

// composeUp starts the containers and returns Kafka's version once all nodes answer.
func composeUp(ctx context.Context, nodes int, o Options) (version string, err error) {
	args, err := compose(o, []string{profile(nodes)}, "up", "--detach", "--wait")
	if err != nil {
		return "", err
	}
	fmt.Fprintf(o.Log, "kbench: starting Kafka in docker (profile %s); the first time it fetches the image\n", profile(nodes))
	if _, err := runDocker(ctx, pullLimit, args...); err != nil {
		return "", err
	}
	return waitReady(ctx, dockerCluster(nodes, "", time.Time{}, o).Brokers(), func() error { return nil })
}

// downArgs remove the containers with their data.
func downArgs(o Options) ([]string, error) {
	return compose(o, docker.Profiles(), "down", "--volumes", "--timeout", "5")
}

func downDocker(ctx context.Context, o Options) error {
	args, err := downArgs(o)
	if err == nil {
		_, err = runDocker(ctx, stopLimit+askLimit, args...)
	}
	if err != nil {
		return fmt.Errorf("end Kafka in docker: %w", err)
	}
	return nil
}

// downWithOwner sees to it that the containers are removed when this process ends without having called release, or
// has called it with ended false. As with JVMs, a shell waits for the end of a pipe whose only writer is this process.
func downWithOwner(o Options) (release func(ended bool), err error) {
	args, err := downArgs(o)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("/bin/sh", append([]string{"-c", `read -r _ || exec docker "$@"`, "kbench"}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func(ended bool) {
		if ended {
			_, _ = io.WriteString(in, "released\n")
		}
		_ = in.Close()
		if ended {
			_ = cmd.Wait() // otherwise it works on by itself
		}
	}, nil
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
