// Package lab is what the benchmarks of kbench itself share: an Apache Kafka to measure on, processes and what they
// took, facts about the machine, and the page that keeps the figures.
package lab

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"kbench/internal/admin"
	"kbench/internal/cluster"
)

// A Kafka is one broker of Apache Kafka on this machine that ends with this process, and the tools that came with it.
type Kafka struct {
	Brokers []string // HOST:PORT
	Version string

	cluster *cluster.Cluster
	admin   *admin.Admin
	java    string // program
	jars    string // folder
}

// StartKafka starts one as kbench cluster up does. The caller closes it.
func StartKafka(ctx context.Context, log io.Writer) (*Kafka, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("find a folder for Kafka: %w; set HOME", err)
	}
	o := cluster.Options{Log: log, CacheDir: filepath.Join(cache, "kbench")} // stated, to know where the jars are
	c, err := cluster.Open(ctx, cluster.Spec{Engine: cluster.Java, Nodes: 1}, o)
	if err != nil {
		return nil, err
	}
	k := &Kafka{Brokers: c.Brokers(), Version: c.Version(), cluster: c, jars: filepath.Join(o.CacheDir, "kafka-"+c.Version(), "libs")}
	if home := os.Getenv("KAFKA_HOME"); home != "" {
		k.jars = filepath.Join(home, "libs")
	}
	java := "java"
	if home := os.Getenv("JAVA_HOME"); home != "" {
		java = filepath.Join(home, "bin", "java")
	}
	if k.java, err = exec.LookPath(java); err == nil {
		k.admin, err = admin.Open(ctx, k.Brokers, "kbench-lab")
	}
	if err != nil {
		k.Close()
		return nil, fmt.Errorf("use the Kafka that was started: %w", err)
	}
	return k, nil
}

// Close ends the broker and removes its data.
func (k *Kafka) Close() {
	if k.admin != nil {
		k.admin.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	_ = k.cluster.Close(ctx) // it ends with this process in any case
}

// Every topic of the benchmarks has this setting. The files of a deleted one go after a second: with Kafka's minute, a
// minute of load would stay on the disk beside that of now.
const (
	deleteDelay = "file.delete.delay.ms"
	deleteAfter = "1000"
)

// TopicYAML is what a scenario's topic section has for it.
const TopicYAML = "config: {" + deleteDelay + `: "` + deleteAfter + `"}`

// Topic makes a topic with one replica.
func (k *Kafka) Topic(ctx context.Context, name string, partitions int) error {
	return k.admin.CreateTopic(ctx, name, partitions, 1, map[string]string{deleteDelay: deleteAfter})
}

// Delete removes a topic.
func (k *Kafka) Delete(ctx context.Context, name string) error { return k.admin.DeleteTopic(ctx, name) }

// Records returns how many records a topic holds.
func (k *Kafka) Records(ctx context.Context, name string) (n int64, err error) {
	ends, err := k.admin.EndOffsets(ctx, name)
	for _, end := range ends {
		n += end
	}
	return n, err
}

// Tool returns the command line of one of Kafka's own tools, by its class: the broker's Java and jars, and the options
// that Kafka's start scripts give to its performance tools.
func (k *Kafka) Tool(class string, args ...string) []string {
	return append([]string{
		k.java, "-Xmx512M", "-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35",
		"-XX:+ExplicitGCInvokesConcurrent", "-Djava.awt.headless=true", "-cp", k.jars + "/*", class,
	}, args...)
}
