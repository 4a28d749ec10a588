package drivertest

import (
	"slices"
	"testing"
	"time"

	"kbench/internal/driver"
)

// tellsTimes has the parts that a driver tells filled by records that are sent and read. A library may tell them a little
// later.
func (s suite) tellsTimes(t *testing.T) {
	const n = 1000
	topic := s.topic(t, 2)
	cfg := config(topic)
	cfg.Partitioner = driver.PartitionerManual
	began := time.Now()
	x := s.open(t, cfg)
	all := records(0, n, false)
	for i, r := range all {
		r.Partition = int32(i % 2)
	}
	x.sendAll(all)
	sent := filled(t, x.Times, n)
	whole(t, sent, driver.PartRoundTrip, driver.PartThrottle)
	inTime(t, sent, time.Since(began))

	read := readConfig(topic, topic)
	read.Commit, read.CommitEvery = driver.CommitSync, driver.Every{Records: 100}
	began = time.Now()
	r := s.consume(t, static(read, 0, 1), nil)
	r.await(n)
	got := filled(t, r.Times, n)
	whole(t, got, driver.PartRoundTrip, driver.PartThrottle, driver.PartCommit)
	inTime(t, got, time.Since(began))
}

// filled takes times until each part that is told has values, and batches and requests hold n records in all. No broker
// throttles here.
func filled(t *testing.T, take func() driver.Times, n float64) driver.Times {
	t.Helper()
	sum := driver.Times{}
	eventually(t, "telling every part", func() bool {
		sum.Add(take())
		for at, values := range sum {
			counts := at == driver.Whole(driver.PartBatchRecords) || at == driver.Whole(driver.PartRequestRecords)
			if at.Part != driver.PartThrottle && values.Count == 0 || counts && values.Sum < n {
				return false
			}
			if counts && values.Sum > n {
				t.Errorf("%s: %v in all, want %v", at.Part, values.Sum, n)
			}
		}
		return true
	})
	return sum
}

// whole fails unless the parts are told, those that take place with a broker or in a partition with nothing but what the
// whole has too.
func whole(t *testing.T, times driver.Times, must ...driver.Part) {
	t.Helper()
	for _, part := range must {
		if _, told := times[driver.Whole(part)]; !told {
			t.Errorf("%s is not told", part)
		}
	}
	for at, values := range times {
		all := times[driver.Whole(at.Part)]
		sampled := at.Part == driver.PartInFlight || at.Part == driver.PartBuffered // at the same time in each partition
		if values.Max > all.Max || !sampled && values.Count > all.Count {
			t.Errorf("%v has %+v, the whole only %+v", at, values, all)
		}
		if values.Max < 0 || values.Sum < 0 || values.Sum > float64(values.Max)*float64(values.Count) || values.Truncated > values.Windows {
			t.Errorf("%v has %+v, which cannot be", at, values)
		}
	}
	if throttled := times[driver.Whole(driver.PartThrottle)]; throttled.Count > 0 {
		t.Errorf("throttled %d times, by nobody", throttled.Count)
	}
}

// inTime fails where a stretch of time is longer than all that it is part of: its unit is wrong.
func inTime(t *testing.T, times driver.Times, most time.Duration) {
	t.Helper()
	for at, values := range times {
		timed := slices.Contains([]driver.Part{driver.PartQueue, driver.PartWire, driver.PartRoundTrip, driver.PartCommit}, at.Part)
		if timed && (values.Max > int64(most) || values.P99 > int64(most)*11/10) {
			t.Errorf("%v took up to %s (p99 %s) within %s", at, time.Duration(values.Max), time.Duration(values.P99), most)
		}
	}
}
