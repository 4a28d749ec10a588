package run

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kbench/internal/driver"
	"kbench/internal/meter"
	"kbench/internal/result"
)

// TestBreakdownIsOfTheMeasuredPart has a client tell of one stretch whenever it is asked.
func TestBreakdownIsOfTheMeasuredPart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, _ := carryOut(t, t.Context(), produceOnly("1000/s", 2*time.Second, 3*time.Second), fake{delay: time.Millisecond})
		five, most := 5.0, int64(5)
		queue := result.Parts{ClientQueue: &result.Spread{Count: 3, Mean: &five, Max: &most}}
		want := &result.Breakdown{Producer: &result.Side{
			Parts:   result.Parts{ClientQueue: queue.ClientQueue, Throttle: &result.Spread{}},
			Brokers: map[int32]*result.Parts{3: &queue}, Partitions: map[int32]*result.Parts{0: &queue},
		}}
		if !reflect.DeepEqual(r.Breakdown, want) {
			got, _ := json.Marshal(r.Breakdown)
			wanted, _ := json.Marshal(want)
			t.Errorf("got %s, want %s: one for each second of the measured part", got, wanted)
		}
	})
}

func TestSideOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why   string
		times driver.Times
		want  string
	}{
		{"nothing is told", driver.Times{}, `null`},
		{"each part has its place and its unit", driver.Times{
			driver.Whole(driver.PartQueue): {}, driver.Whole(driver.PartWire): {}, driver.Whole(driver.PartRoundTrip): {},
			driver.Whole(driver.PartThrottle): {}, driver.Whole(driver.PartCommit): {}, driver.Whole(driver.PartProcessing): {},
			driver.Whole(driver.PartBatchRecords): {}, driver.Whole(driver.PartBatchBytes): {}, driver.Whole(driver.PartRequestRecords): {},
			driver.Whole(driver.PartInFlight): {}, driver.Whole(driver.PartBuffered): {},
		}, `{"client_queue_ns":NONE,"wire_ns":NONE,"round_trip_ns":NONE,"throttle_ns":NONE,"commit_ns":NONE,"processing_ns":NONE,` +
			`"batch_records":NONE,"batch_bytes":NONE,"request_records":NONE,"in_flight_records":NONE,"buffered_records":NONE}`},
		{"a library's own percentile is a bound", driver.Times{
			driver.Whole(driver.PartWire): {Count: 2, Sum: 9, Max: 7, P99: 7, Windows: 2},
		}, `{"wire_ns":{"count":2,"mean":4.5,"max":7,"p99_at_most":7,"windows":2}}`},
		{"there is none once its histogram left values out", driver.Times{
			driver.Whole(driver.PartWire): {Count: 2, Sum: 9, Max: 7, P99: 7, Windows: 2, Truncated: 1},
		}, `{"wire_ns":{"count":2,"mean":4.5,"max":7,"windows":2,"truncated_windows":1}}`},
		{"by broker, by partition, and rounded", driver.Times{
			driver.Whole(driver.PartWire):          {Count: 1, Sum: 7, Max: 7, RoundedDown: true},
			driver.WithBroker(driver.PartWire, 12): {Count: 1, Sum: 7, Max: 7}, driver.InPartition(driver.PartWire, 0): {Count: 1, Sum: 7, Max: 7},
		}, `{"wire_ns":{"count":1,"mean":7,"max":7,"rounded_down":true},"brokers":{"12":{"wire_ns":SEVEN}},"partitions":{"0":{"wire_ns":SEVEN}}}`},
	} {
		got, err := json.Marshal(sideOf(tt.times))
		if err != nil {
			t.Fatal(err)
		}
		want := strings.NewReplacer("NONE", `{"count":0,"mean":null,"max":null}`, "SEVEN", `{"count":1,"mean":7,"max":7}`).Replace(tt.want)
		if string(got) != want {
			t.Errorf("%s: got %s, want %s", tt.why, got, want)
		}
	}
}

// TestProcessingIsMeasured has a member tell how long it took over records, only where the scenario gives them time.
func TestProcessingIsMeasured(t *testing.T) {
	t.Parallel()
	for _, processing := range []time.Duration{0, time.Millisecond} {
		g := &group{clock: newClock(), bounds: newBounds(0, time.Hour, time.Hour), audit: noAudit{}, partitions: make([]partitionState, 1)}
		m := newMember(g, 1, &script{messages: []driver.Message{{}, {}}, between: func(int) {}}, processing, meter.New(meter.Config{To: time.Hour}))
		if err := m.consume(t.Context()); err != nil {
			t.Fatal(err)
		}
		times := m.times.Take()
		values, told := times[driver.Whole(driver.PartProcessing)]
		if told != (processing > 0) || told && (values.Count != 2 || values.Max < int64(processing) || times[driver.InPartition(driver.PartProcessing, 0)] != values) {
			t.Errorf("%s a record: told %v, %+v; want two of that or more, and nothing without", processing, told, times)
		}
	}
}
