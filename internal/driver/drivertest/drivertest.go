// Package drivertest holds the one suite that every driver passes, against the embedded fake and against Apache Kafka.
// It proves the contract that package driver states; what is a library's own, its driver tests by itself.
package drivertest

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"kbench/internal/driver"
)

// limit bounds every wait of the suite. It is no measurement: what is right ends much earlier.
const limit = 30 * time.Second

// Options say what to test against. Fake and Kafka make them.
type Options struct {
	// Brokers are HOST:PORT each; empty for a driver that needs none, for which only that part of the suite runs.
	Brokers []string
	// CreateTopic makes a fresh topic of replication factor 1 that lives as long as t, and returns its name.
	CreateTopic func(t testing.TB, partitions int, config map[string]string) string
	// Stall keeps the brokers from acking records of a topic until resume is called, which does no harm twice. The fake
	// refuses them as a topic without enough replicas does. Without Stall, what needs it is not tested.
	Stall func(t testing.TB, topic string) (resume func())
	// Silence keeps the brokers from saying anything until resume is called, which does no harm twice. Connections stay.
	// Without Silence, what needs it is not tested.
	Silence func(t testing.TB) (resume func())

	fake *kfake.Cluster // nil where the brokers are not the fake: what only it can be made to do is then left out
}

// Run carries out the suite. Its tests run one after the other, because each proves that nothing is left behind.
func Run(t *testing.T, d driver.Driver, o Options) {
	s := suite{d: d, o: o}
	for _, c := range s.cases() {
		t.Run(c.name, func(t *testing.T) {
			noLeaks(t)
			c.run(t)
		})
	}
}

type suite struct {
	d driver.Driver
	o Options
}

type testCase struct {
	name string
	run  func(t *testing.T)
}

func (s suite) cases() []testCase {
	all := []testCase{
		{"names itself", s.namesItself},
		{"refuses what it cannot do", s.refuses},
		{"acks each record once", s.acksOnce},
		{"closes twice", s.closesTwice},
		{"prints nothing", s.printsNothing},
	}
	if len(s.o.Brokers) == 0 {
		return all
	}
	all = append(all, []testCase{
		{"honours acks", s.honoursAcks},
		{"honours partitions", s.honoursPartitions},
		{"tells acks apart", s.acksApart},
		{"hashes keys", s.hashesKeys},
		{"spreads at random", s.spreadsAtRandom},
		{"produces idempotently", s.producesIdempotently},
		{"waits while full", s.waitsWhileFull},
		{"names errors as Kafka does", s.namesErrors},
		{"tells unreachable brokers", s.tellsUnreachable},
		{"tells the producer's settings", s.producerSettings},
		{"tells the consumer's settings", s.consumerSettings},
		{"counts traffic", s.countsTraffic},
		{"tells where the time goes", s.tellsTimes},
		{"keeps records intact", s.keepsIntact},
		{"keeps headers", s.keepsHeaders},
		{"reads static partitions", s.readsStatic},
		{"counts missing partitions", s.countsMissing},
		{"reads as a group", s.readsGroup},
		{"reads by the consumer protocol", s.readsConsumerProtocol},
		{"hands over what it has read", s.handsOver},
		{"crashes", s.crashes},
		{"stays a static member", s.staysStatic},
		{"pauses", s.pauses},
		{"reads as a share group", s.readsShareGroup},
		{"begins where told", s.beginsWhereTold},
		{"resumes where it left off", s.resumes},
		{"ends at once", s.endsAtOnce},
	}...)
	all = append(all, s.transactionCases()...)
	if s.o.Stall != nil {
		all = append(all, []testCase{
			{"fails while full", s.failsWhileFull},
			{"stops waiting when canceled", s.stopsWaiting},
			{"closes with records in flight", s.closesInFlight},
			{"gives up in time", s.givesUp},
			{"sends again", s.sendsAgain},
		}...)
	}
	if s.o.Silence != nil {
		all = append(all, []testCase{
			{"closes a producer of silent brokers", s.closesSilent},
			{"ends consumers of silent brokers", s.endsSilent},
		}...)
	}
	if s.o.fake != nil {
		all = append(all, []testCase{
			{"names refusals as Kafka does", s.namesRefusals},
			{"waits for a coordinator", s.awaitsCoordinator},
			{"counts errors of reading", s.countsReadErrors},
			{"counts refused commits", s.countsCommitFails},
			{"refuses to be told how to connect", s.refusesToBeTold},
			{"logs in", s.logsIn},
			{"logs in by token", s.logsInByToken},
			{"checks certificates", s.checksCertificates},
			{"shows its certificate", s.showsCertificate},
			{"outlives its brokers", s.outlivesBrokers},
		}...)
	}
	return all
}

func (s suite) namesItself(t *testing.T) {
	for what, got := range map[string]string{"name": s.d.Name(), "library": s.d.Library(), "version": s.d.Version()} {
		if got == "" {
			t.Errorf("its %s is empty", what)
		}
	}
	if len(s.d.Partitioners()) == 0 {
		t.Error("it has no partitioner, not even sticky")
	}
}

func (s suite) cluster() driver.Cluster {
	return driver.Cluster{Brokers: s.o.Brokers, ClientID: "drivertest", DialTimeout: 20 * time.Second}
}

// topic returns a fresh topic; a driver without brokers takes any name.
func (s suite) topic(t testing.TB, partitions int) string {
	if s.o.CreateTopic == nil {
		return "none"
	}
	return s.o.CreateTopic(t, partitions, nil)
}

// stalled returns a producer that has had its first record acked, with Seq 0, and will have no other acked.
func (s suite) stalled(t testing.TB, set func(*driver.ProducerConfig)) *sender {
	t.Helper()
	cfg := config(s.topic(t, 1))
	set(&cfg)
	x := s.open(t, cfg)
	x.sendAll(records(0, 1, false))
	x.acked()
	t.Cleanup(s.o.Stall(t, cfg.Topic))
	return x
}

// eventually waits until ok. It looks again and again, since nobody tells when a library has done something.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(limit); !ok(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %s", what, limit)
		}
	}
}
