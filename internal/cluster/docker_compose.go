package cluster

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"kbench/docker"
)

// findCompose returns the words by which compose is called here: docker's plugin, or else the program of its own that it
// was before, and still is in Debian 12.
func findCompose(ctx context.Context) ([]string, error) {
	_, err := runDocker(ctx, askLimit, "compose", "version")
	if err == nil {
		return []string{"docker", "compose"}, nil
	}
	if _, alone := runProgram(ctx, askLimit, []string{"docker-compose", "version"}); alone == nil {
		return []string{"docker-compose"}, nil
	}
	return nil, fmt.Errorf("it has no compose plugin: %w; install docker-compose-plugin or docker-compose, or use the engine java", err)
}

// compose returns a command that concerns kbench's containers. The compose file is a part of this program, and docker
// gets a copy.
func compose(ctx context.Context, o Options, profiles []string, args ...string) (argv []string, err error) {
	words := o.compose
	if words == nil {
		if words, err = findCompose(ctx); err != nil {
			return nil, err
		}
	}
	file := filepath.Join(o.StateDir, "compose.yaml")
	if err := os.MkdirAll(o.StateDir, 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(file, []byte(docker.Compose()), 0o644); err != nil {
		return nil, err
	}
	argv = append(argv, words...)
	argv = append(argv, "-p", "kbench", "-f", file)
	for _, p := range profiles {
		argv = append(argv, "--profile", p)
	}
	return append(argv, args...), nil
}

// composeUp starts the containers and returns Kafka's version once all nodes answer. It waits for them itself: that they
// know each other is more than their health checks ask, and docker-compose 1 cannot wait.
func composeUp(ctx context.Context, nodes int, o Options) (version string, err error) {
	argv, err := compose(ctx, o, []string{profile(nodes)}, "up", "--detach")
	if err != nil {
		return "", err
	}
	fmt.Fprintf(o.Log, "kbench: starting Kafka in docker (profile %s); the first time it fetches the image\n", profile(nodes))
	if _, err := runProgram(ctx, pullLimit, argv); err != nil {
		return "", err
	}
	return waitReady(ctx, dockerCluster(nodes, "", time.Time{}, o).Brokers(), containersRun(ctx, nodes))
}

// composeDown is the command that removes the containers with their data.
func composeDown(ctx context.Context, o Options) ([]string, error) {
	return compose(ctx, o, docker.OfKafka(), "down", "--volumes", "--timeout", "5")
}

func downDocker(ctx context.Context, o Options) error {
	argv, err := composeDown(ctx, o)
	if err == nil {
		_, err = runProgram(ctx, stopLimit+askLimit, argv)
	}
	if err != nil {
		return fmt.Errorf("end Kafka in docker: %w", err)
	}
	return nil
}

// downWithOwner sees to it that the containers are removed when this process ends without having called release, or
// has called it with ended false. As with JVMs, a shell waits for the end of a pipe whose only writer is this process.
func downWithOwner(ctx context.Context, o Options) (release func(ended bool), err error) {
	argv, err := composeDown(ctx, o)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("/bin/sh", append([]string{"-c", `read -r _ || exec "$@"`, "kbench"}, argv...)...)
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
