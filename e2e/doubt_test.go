//go:build e2e

package e2e

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"kbench/internal/doctor"
	"kbench/internal/result"
)

// What speaks against a measurement on the brokers' side.

const limited = `
name: limited
load: {rate: 10k/s, warmup: 1s, measure: 5s, drain: 40s}
producer: {}
repeats: 1
`

// quota proves that what is measured under a quota is not taken for what brokers can do, whichever library tells it.
func (k *kafka) quota(t *testing.T) {
	const part = 500_000 // bytes a second, of two million that are offered; ten seconds of it may come at once
	set := func(op kadm.AlterClientQuotaOp) {
		t.Helper()
		everybody := kadm.ClientQuotaEntity{{Type: "client-id"}}
		altered, err := k.admin.AlterClientQuotas(asking(t), []kadm.AlterClientQuotaEntry{{Entity: everybody, Ops: []kadm.AlterClientQuotaOp{op}}})
		if err == nil {
			err = altered[0].Err
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	set(kadm.AlterClientQuotaOp{Key: "producer_byte_rate", Value: part})
	defer set(kadm.AlterClientQuotaOp{Key: "producer_byte_rate", Remove: true})
	for _, client := range []string{"confluent", "franz", "sarama"} {
		t.Run(client, func(t *testing.T) {
			r := runScenario(t, limited, k.on("--set", "producer.client="+client)...)
			t.Log(r.trial(t).Verdict.Reasons)
			doubted(t, r, result.TrustInvalid, "because of a quota")
		})
	}
}

const replicated = `
name: replicated
topic: {name: e2e-replicated}
load: {rate: 1k/s, warmup: 1s, measure: 5s, drain: 20s}
producer: {timeout: 20s}
repeats: 1
`

// replicas proves that a cluster which lacks one of its nodes is not measured as if it did not, and that leaders which move
// meanwhile are told; and that kbench doctor sees the former beforehand.
func (k *kafka) replicas(t *testing.T) {
	const topic = "e2e-replicated"
	if _, err := k.admin.CreateTopic(asking(t), 3, 3, nil, topic); err != nil {
		t.Fatal(err)
	}
	k.deleteLater(t, topic)
	last := k.cluster.Nodes()[2]
	if err := last.Stop(asking(t)); err != nil {
		t.Fatal(err)
	}
	inSync := func(time.Time) bool {
		listed, err := k.admin.ListTopics(asking(t), topic)
		if err != nil {
			t.Fatal(err)
		}
		return !slices.ContainsFunc(listed[topic].Partitions.Sorted(), func(p kadm.PartitionDetail) bool { return len(p.ISR) < 3 })
	}
	eventually(t, "the node to be missed", func(since time.Time) bool { return !inSync(since) })
	doubted(t, runScenario(t, replicated, k.on()...), result.TrustInvalid, "lacked an in-sync replica")
	if c := k.doctor(t)["replicas"]; c.Level != doctor.Warn || c.Do == "" {
		t.Errorf("kbench doctor says %+v; want a warning that replicas lack, and what to do", c)
	}

	if err := last.Start(asking(t)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "its replicas to be in sync", inSync)
	c := startScenario(t, replicated, k.on()...)
	c.await("its first measured second", second(2*time.Second))
	if _, err := k.admin.ElectLeaders(asking(t), kadm.ElectPreferredReplica, nil); err != nil { // it led one partition before
		t.Fatal(err)
	}
	doubted(t, asPlanned(t, c.finish()), result.TrustInvalid, "leaders moved 1 times")
}

// doctor returns what kbench doctor finds on the brokers, by check. What it says of this machine may be anything.
func (k *kafka) doctor(t *testing.T) map[string]doctor.Check {
	t.Helper()
	o := start(t, append([]string{"doctor", "--json", "--out", t.TempDir()}, k.on()...)...).wait()
	var all []doctor.Check
	if err := json.Unmarshal([]byte(o.stdout), &all); err != nil {
		t.Fatalf("kbench doctor ended with %d, %v:\n%s%s", o.code, err, o.stdout, o.stderr)
	}
	checks := map[string]doctor.Check{}
	for _, c := range all {
		if c.Part == doctor.Brokers {
			checks[c.Name] = c
		}
	}
	return checks
}

// healthy proves that kbench doctor has nothing to say against brokers that are well.
func (k *kafka) healthy(t *testing.T) {
	checks := k.doctor(t)
	for _, c := range checks {
		if c.Level != doctor.OK {
			t.Errorf("%s: %s: %s", c.Name, c.Level, c.Said)
		}
	}
	if len(checks) < 10 {
		t.Errorf("%d checks of the brokers, want all 12: %v", len(checks), checks)
	}
}
