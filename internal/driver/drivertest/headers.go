package drivertest

import (
	"bytes"
	"context"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"kbench/internal/driver"
)

// keepsHeaders sends records with headers and without, from the same records twice, and reads them back with a client of its own:
// a driver's consumer does not tell them.
func (s suite) keepsHeaders(t *testing.T) {
	const n = 20
	sets := [][]driver.Header{
		nil,
		{{Key: "one", Value: []byte("value")}},
		{{Key: "same", Value: []byte{0, 255}}, {Key: "same", Value: []byte{}}, {Key: "é", Value: bytes.Repeat([]byte("v"), 1000)}},
		{},
		{{Key: "", Value: []byte("its key is empty")}, {Key: "another", Value: nil}},
	}
	cfg := config(s.topic(t, 1))
	x := s.open(t, cfg)
	all := records(0, 2*n, true)
	for i, r := range all[:n] {
		r.Headers = sets[i%len(sets)]
	}
	x.sendAll(all[:n])
	for i, r := range all[:n] { // each now has another set
		r.Seq, r.Value, r.Headers = all[n+i].Seq, all[n+i].Value, sets[(i+1)%len(sets)]
	}
	x.sendAll(all[:n])
	x.acked()
	for _, got := range s.readHeaders(t, cfg.Topic, 2*n) {
		seq, _ := seqOf(got.Value)
		want := sets[seq%uint64(len(sets))]
		if seq >= n {
			want = sets[(seq-n+1)%uint64(len(sets))]
		}
		if len(got.Headers) != len(want) {
			t.Fatalf("record %d has %d headers, want %d", seq, len(got.Headers), len(want))
		}
		for i, h := range got.Headers {
			if h.Key != want[i].Key || !bytes.Equal(h.Value, want[i].Value) || (h.Value == nil) != (want[i].Value == nil) {
				t.Errorf("record %d has header %q=%.20q, want %q=%.20q", seq, h.Key, h.Value, want[i].Key, want[i].Value)
			}
		}
	}
}

// readHeaders reads n records of a topic's partition 0.
func (s suite) readHeaders(t *testing.T, topic string, n int) (all []*kgo.Record) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(s.o.Brokers...), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().AtStart()}}))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	for len(all) < n {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("%d of %d records were read: %v", len(all), n, err)
		}
		all = append(all, fetches.Records()...)
	}
	return all
}
