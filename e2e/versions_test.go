//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kbench/internal/cluster"
	"kbench/internal/result"
)

// The oldest Kafka whose KRaft is meant for production, and the newest that Maven has with all that it depends on.
const (
	oldestKafka = "3.3.1"
	newestKafka = "4.3.1"
)

const versionScenario = `
name: version-CLIENT
load: {rate: 1k/s, warmup: 0s, measure: 2s, drain: 20s}
topic: {partitions: 3}
producer: {client: CLIENT, compression: zstd}
consumer: {client: CLIENT, members: 2}
repeats: 1
thresholds: [lost == 0, duplicated == 0]
`

// TestVersions runs each client on the oldest and on the newest Kafka.
func TestVersions(t *testing.T) {
	t.Parallel()
	for _, version := range []string{oldestKafka, newestKafka} {
		t.Run(version, func(t *testing.T) {
			k := upWith(t, 1, cluster.Options{KafkaVersion: version})
			if got := k.cluster.Version(); got != version {
				t.Fatalf("Kafka %s was started, want %s; is KAFKA_HOME set?", got, version)
			}
			dir := t.TempDir()
			args := []string{"run"}
			for _, client := range []string{"confluent", "franz", "sarama"} {
				file := filepath.Join(dir, client+".yaml")
				if err := os.WriteFile(file, []byte(strings.ReplaceAll(versionScenario, "CLIENT", client)), 0o644); err != nil {
					t.Fatal(err)
				}
				args = append(args, file)
			}
			out := filepath.Join(dir, "results")
			o := start(t, append(args, "--out", out, "--progress", "plain", "-b", strings.Join(k.cluster.Brokers(), ","))...).wait()
			if o.code != 0 && o.code != 4 { // a machine that is too busy says nothing about versions
				t.Fatalf("exit %d:\n%s", o.code, o.stderr)
			}
			trials := 0
			for _, folder := range fileNames(t, out) {
				r, err := result.Open(filepath.Join(out, folder))
				if err != nil {
					t.Fatal(err)
				}
				for _, trial := range r.Trials {
					trials++
					if c := trial.Counts; trial.Status != result.StatusOK || c.Acked != 2000 || c.Consumed != 2000 || c.Reordered == nil {
						t.Errorf("%s: %s %s: acked %d, consumed %d, want 2000", folder, trial.Status, trial.Failure, c.Acked, c.Consumed)
					}
				}
			}
			if trials != 3 {
				t.Errorf("%d trials, want one for each client", trials)
			}
		})
	}
}
