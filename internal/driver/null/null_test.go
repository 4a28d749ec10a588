package null_test

import (
	"testing"
	"time"

	"kbench/internal/driver"
	"kbench/internal/driver/drivertest"
	"kbench/internal/driver/null"
)

func TestContract(t *testing.T) {
	drivertest.Run(t, null.New(), drivertest.Options{})
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	rows := []struct {
		acks      driver.Acks
		partition int32
		want      driver.Ack
		why       string
	}{
		{driver.AcksAll, 2, driver.Ack{Partition: 2, Offset: 0}, "the first of its partition"},
		{driver.AcksAll, 2, driver.Ack{Partition: 2, Offset: 1}, "the next of its partition"},
		{driver.AcksAll, -1, driver.Ack{Partition: 0, Offset: 0}, "no partition named: the first one"},
		{driver.AcksAll, 0, driver.Ack{Partition: 0, Offset: 1}, "which is partition 0"},
		{driver.AcksNone, 1, driver.Ack{Partition: 1, Offset: -1}, "with acks=0 nobody tells the offset"},
	}
	var got driver.Ack
	open := map[driver.Acks]driver.Producer{}
	for _, acks := range []driver.Acks{driver.AcksAll, driver.AcksNone} {
		cfg := driver.DefaultProducer()
		cfg.Acks = acks
		p, err := null.New().NewProducer(t.Context(), driver.Cluster{}, cfg, func(_ *driver.Record, at driver.Ack, _ error) { got = at })
		if err != nil {
			t.Fatal(err)
		}
		open[acks] = p
	}
	for _, row := range rows {
		if waited, err := open[row.acks].Send(t.Context(), &driver.Record{Partition: row.partition}); waited != 0 || err != nil || got != row.want {
			t.Errorf("%s: waited %s, error %v, acked at %+v, want %+v", row.why, waited, err, got, row.want)
		}
	}
	if _, err := open[driver.AcksAll].Send(t.Context(), &driver.Record{Partition: 1 << 30}); driver.ClassOf(err) != "UNKNOWN_TOPIC_OR_PARTITION" {
		t.Errorf("a partition that would need gigabytes of offsets: got %v", err)
	}
}

// The harness's floor is measured with this driver, so it must add nothing.
func TestSendAllocatesNothing(t *testing.T) {
	p := open(t)
	r := &driver.Record{Value: make([]byte, 200), Partition: 2}
	if n := testing.AllocsPerRun(1000, func() { _, _ = p.Send(t.Context(), r) }); n != 0 {
		t.Errorf("Send allocates %v objects, want 0", n)
	}
}

func BenchmarkSend(b *testing.B) {
	p := open(b)
	r := &driver.Record{Value: make([]byte, 200), Partition: 2, Due: time.Second}
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		_, _ = p.Send(ctx, r)
	}
}

func open(t testing.TB) driver.Producer {
	t.Helper()
	p, err := null.New().NewProducer(t.Context(), driver.Cluster{}, driver.DefaultProducer(), func(*driver.Record, driver.Ack, error) {})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
