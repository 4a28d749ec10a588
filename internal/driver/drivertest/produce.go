package drivertest

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"kbench/internal/driver"
)

// acksOnce sends many batches from few records, again and again, as the harness does.
func (s suite) acksOnce(t *testing.T) {
	const n = 100_000
	x := s.open(t, config(s.topic(t, 3)))
	all := records(0, n, len(s.o.Brokers) > 0)
	x.sendAll(all[:n/2])
	for i, r := range all[:n/2] { // their acks are here, so they are ours again
		r.Seq, r.Value = all[n/2+i].Seq, all[n/2+i].Value
	}
	x.sendAll(all[:n/2])
	places := map[driver.Ack]int{}
	for seq, a := range x.acked() {
		if first, taken := places[a.at]; taken || a.at.Offset < 0 || a.at.Partition < 0 {
			t.Fatalf("record %d is at %+v, where record %d is", seq, a.at, first)
		}
		places[a.at] = seq
	}
	if len(places) != n {
		t.Errorf("%d records were acked, want %d", len(places), n)
	}
}

func (s suite) closesTwice(t *testing.T) {
	x := s.open(t, config(s.topic(t, 1)))
	x.sendAll(records(0, 10, false))
	x.close()
	if err := x.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
	if _, err := x.Send(t.Context(), records(0, 1, false)[0]); driver.ClassOf(err) != driver.ErrClosed {
		t.Errorf("sending after Close: got %v, want %s", err, driver.ErrClosed)
	}
	x.acked() // the last record had no ack of its own: Seq 0 would have two
}

// idempotent returns cfg with idempotence, and with as many requests in flight as the library then can have.
func (s suite) idempotent(cfg driver.ProducerConfig) driver.ProducerConfig {
	cfg.Idempotence = true
	if s.d.CheckProducer(cfg) != nil {
		cfg.MaxInFlight = 1 // some keep order with one only, and say so
	}
	return cfg
}

// producesIdempotently begins at a dead address: a producer must ask a broker that is there for its id.
func (s suite) producesIdempotently(t *testing.T) {
	const n = 1000
	cfg := s.idempotent(config(s.topic(t, 2)))
	s.o.Brokers = append([]string{listen(t, nil)}, s.o.Brokers...)
	x := s.open(t, cfg)
	x.sendAll(records(0, n, false))
	places := map[driver.Ack]bool{}
	for _, a := range x.acked() {
		places[a.at] = true
	}
	if len(places) != n {
		t.Errorf("%d records have %d places", n, len(places))
	}
}

func (s suite) honoursAcks(t *testing.T) {
	topic := s.topic(t, 3)
	for _, acks := range []driver.Acks{driver.AcksNone, driver.AcksLeader, driver.AcksAll} {
		cfg := config(topic)
		cfg.Acks = acks
		x := s.open(t, cfg)
		x.sendAll(records(0, 1000, false))
		for seq, a := range x.acked() {
			if known := a.at.Offset >= 0; known != (acks != driver.AcksNone) {
				t.Fatalf("acks %s: record %d has offset %d; it is known unless acks is 0", acks, seq, a.at.Offset)
			}
		}
		x.close()
	}
}

func (s suite) honoursPartitions(t *testing.T) {
	for _, p := range []driver.Partitioner{driver.PartitionerManual, driver.PartitionerRoundRobin, driver.PartitionerSticky} {
		cfg := config(s.topic(t, 3))
		cfg.Partitioner = p
		x := s.open(t, cfg)
		all := records(0, 300, true)
		for i, r := range all {
			r.Partition = int32(i % 3)
		}
		x.sendAll(all)
		for seq, a := range x.acked() {
			if want := int32(seq % 3); a.at.Partition != want {
				t.Fatalf("%s: record %d went to partition %d, want the one it names, %d", p, seq, a.at.Partition, want)
			}
		}
		x.close()
	}
}

func (s suite) hashesKeys(t *testing.T) {
	const partitions = 7
	hashing := []driver.Partitioner{driver.PartitionerSticky, driver.PartitionerMurmur2, driver.PartitionerCRC32, driver.PartitionerFNV1a}
	for _, p := range hashing {
		if !slices.Contains(s.d.Partitioners(), p) {
			continue // refuses holds it to an error
		}
		cfg := config(s.topic(t, partitions))
		cfg.Partitioner = p
		x := s.open(t, cfg)
		all := records(0, 400, false)
		for i, r := range all {
			r.Key = fmt.Appendf(nil, "%d-%s", i/2, bytes.Repeat([]byte("é"), i%13)) // each length of a tail, and bytes over 127
		}
		if p != driver.PartitionerCRC32 {
			all[0].Key = []byte{} // it is a key too, but not to librdkafka's crc32
		}
		x.sendAll(all)
		for seq, a := range x.acked() {
			if want := partitionOf(p, all[seq].Key, partitions); a.at.Partition != want {
				t.Fatalf("%s: key %q went to partition %d, want %d", p, all[seq].Key, a.at.Partition, want)
			}
		}
		x.close()
	}
}

// acksApart sends each record when the one before has been acked: no two acks were there at one instant. One that says so
// would be taken for as early as the one before it.
func (s suite) acksApart(t *testing.T) {
	x := s.open(t, config(s.topic(t, 1)))
	for _, r := range records(0, 50, false) {
		x.sendAll([]*driver.Record{r})
	}
	x.acked()
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.followed > 0 {
		t.Errorf("%d of %d acks follow another, want none", x.followed, len(x.acks))
	}
}

// spreadsAtRandom holds random to its word: the same key goes to every partition. That 300 draws leave one of three out
// happens once in 10^52 runs.
func (s suite) spreadsAtRandom(t *testing.T) {
	if !slices.Contains(s.d.Partitioners(), driver.PartitionerRandom) {
		return // refuses holds it to an error
	}
	for _, key := range []string{"", "same"} {
		cfg := config(s.topic(t, 3))
		cfg.Partitioner = driver.PartitionerRandom
		x := s.open(t, cfg)
		all := records(0, 300, false)
		for _, r := range all {
			if key != "" {
				r.Key = []byte(key)
			}
		}
		x.sendAll(all)
		used := map[int32]bool{}
		for _, a := range x.acked() {
			used[a.at.Partition] = true
		}
		if len(used) != 3 {
			t.Errorf("key %q: %d partitions were used, want 3", key, len(used))
		}
		x.close()
	}
}

// keepsIntact reads back what each codec made of records, and holds it against what the acks say.
func (s suite) keepsIntact(t *testing.T) {
	for _, codec := range driver.Choices(driver.Compression("")) {
		cfg := config(s.topic(t, 3))
		cfg.Compression = driver.Compression(codec)
		x := s.open(t, cfg)
		all := records(0, 500, true)
		all[7].Key, all[8].Key = []byte{}, bytes.Repeat([]byte("k"), 1000) // an empty key is a key
		all[9].Value = bytes.Repeat([]byte("v"), 100_000)
		x.sendAll(all)
		acks := x.acked()
		got := map[driver.Ack]message{}
		for _, m := range s.read(t, cfg.Topic, []int32{0, 1, 2}, len(all)) {
			got[m.at] = m
		}
		for seq, a := range acks {
			m, r := got[a.at], all[seq]
			if !bytes.Equal(m.value, r.Value) || !bytes.Equal(m.key, r.Key) || (m.key == nil) != (r.Key == nil) {
				t.Fatalf("%s: record %d was acked at %+v, where key %.20q and %d bytes of value are; want %.20q and %d",
					codec, seq, a.at, m.key, len(m.value), r.Key, len(r.Value))
			}
		}
		x.close()
	}
}
