package result

// A Breakdown is where the time went in the measured part, as each side's client library tells it. What the libraries
// measure, and where their edges lie, differs: docs/method.md has it.
type Breakdown struct {
	Producer *Side `json:"producer,omitempty"` // all clients of the side together
	Consumer *Side `json:"consumer,omitempty"`
}

// A Side is one side's parts: as a whole, and by broker and by partition where the library tells them apart.
type Side struct {
	Parts
	Brokers    map[int32]*Parts `json:"brokers,omitempty"` // by node id
	Partitions map[int32]*Parts `json:"partitions,omitempty"`
}

// Parts are the stretches of the way, and the sizes on it. A part that the library does not tell is absent. One that it
// tells and that did not happen has a count of 0.
type Parts struct {
	ClientQueue *Spread `json:"client_queue_ns,omitempty"` // of a record: taken by the client, until it is put into a request
	Wire        *Spread `json:"wire_ns,omitempty"`         // of a request: made, until it is written to the socket
	RoundTrip   *Spread `json:"round_trip_ns,omitempty"`   // of a request: written, until its answer is there
	Throttle    *Spread `json:"throttle_ns,omitempty"`     // of an answer by which a broker makes the client wait
	Commit      *Spread `json:"commit_ns,omitempty"`       // of a commit: asked for, until its answer is there
	Processing  *Spread `json:"processing_ns,omitempty"`   // of a record that was read: the scenario's processing, as it was

	BatchRecords   *Spread `json:"batch_records,omitempty"`     // in a batch of one partition
	BatchBytes     *Spread `json:"batch_bytes,omitempty"`       // of such a batch, as it is sent
	RequestRecords *Spread `json:"request_records,omitempty"`   // in a request
	InFlight       *Spread `json:"in_flight_records,omitempty"` // of one client, in requests without an answer; samples
	Buffered       *Spread `json:"buffered_records,omitempty"`  // of one client, fetched and not handed over; samples
}

// A Spread sums up a part's values, in the unit that the part's key ends with.
type Spread struct {
	Count int64    `json:"count"`
	Mean  *float64 `json:"mean"` // nil where there are none, as the others
	Max   *int64   `json:"max"`

	// RoundedDown says that the library cut each value to whole milliseconds: the true ones are up to one longer.
	RoundedDown bool `json:"rounded_down,omitempty"`

	// P99AtMost is the largest 99th percentile of the library's own windows, so that of all values is no larger. It is nil
	// where the library tells none, and where its histogram left out values, too long for it, in some windows: those
	// are Truncated. Count, Mean and Max have them all.
	P99AtMost *int64 `json:"p99_at_most,omitempty"`
	Windows   int64  `json:"windows,omitempty"` // that had values
	Truncated int64  `json:"truncated_windows,omitempty"`
}

func (s *Spread) mean() (float64, bool) {
	if s == nil {
		return 0, false
	}
	return known(s.Mean)
}

func (s *Spread) largest() (float64, bool) {
	if s == nil {
		return 0, false
	}
	return known(s.Max)
}

// total returns the values' sum, which is 0 where there are none.
func (s *Spread) total() (float64, bool) {
	if s == nil {
		return 0, false
	}
	mean, _ := s.mean()
	return mean * float64(s.Count), true
}

// The sides, as metrics begin.
const (
	producing = "producer"
	consuming = "consumer"
)

// side returns the trial's breakdown of one side, nil where there is none.
func (t *Trial) side(name string) *Side {
	switch {
	case t.Breakdown == nil:
		return nil
	case name == producing:
		return t.Breakdown.Producer
	}
	return t.Breakdown.Consumer
}

// A partMetric is a number of one part of one side.
type partMetric struct {
	side, part, stat, unit string
	of                     func(*Parts) *Spread
}

func (m partMetric) name() string { return m.side + "_" + m.part + "_" + m.stat }

func (m partMetric) read(t *Trial) (float64, bool) {
	side := t.side(m.side)
	if side == nil {
		return 0, false
	}
	switch s := m.of(&side.Parts); m.stat {
	case "mean":
		return s.mean()
	case "max":
		return s.largest()
	default:
		return s.total()
	}
}

func partMetrics() []partMetric {
	queue := func(p *Parts) *Spread { return p.ClientQueue }
	wire := func(p *Parts) *Spread { return p.Wire }
	trip := func(p *Parts) *Spread { return p.RoundTrip }
	throttle := func(p *Parts) *Spread { return p.Throttle }
	records := func(p *Parts) *Spread { return p.BatchRecords }
	bytes := func(p *Parts) *Spread { return p.BatchBytes }
	buffered := func(p *Parts) *Spread { return p.Buffered }
	commit := func(p *Parts) *Spread { return p.Commit }
	return []partMetric{
		{producing, "client_queue", "mean", UnitNs, queue},
		{producing, "client_queue", "max", UnitNs, queue},
		{producing, "wire", "mean", UnitNs, wire},
		{producing, "wire", "max", UnitNs, wire},
		{producing, "round_trip", "mean", UnitNs, trip},
		{producing, "round_trip", "max", UnitNs, trip},
		{producing, "throttle", "total", UnitNs, throttle},
		{producing, "batch_records", "mean", UnitMean, records},
		{producing, "batch_bytes", "mean", UnitBytes, bytes},
		{producing, "request_records", "mean", UnitMean, func(p *Parts) *Spread { return p.RequestRecords }},
		{consuming, "wire", "mean", UnitNs, wire},
		{consuming, "round_trip", "mean", UnitNs, trip},
		{consuming, "round_trip", "max", UnitNs, trip},
		{consuming, "throttle", "total", UnitNs, throttle},
		{consuming, "buffered_records", "mean", UnitMean, buffered},
		{consuming, "buffered_records", "max", UnitRecords, buffered},
		{consuming, "processing", "mean", UnitNs, func(p *Parts) *Spread { return p.Processing }},
		{consuming, "commit", "mean", UnitNs, commit},
		{consuming, "commit", "max", UnitNs, commit},
		{consuming, "batch_records", "mean", UnitMean, records},
		{consuming, "batch_bytes", "mean", UnitBytes, bytes},
	}
}

func breakdownMetrics() []Metric {
	var all []Metric
	for _, m := range partMetrics() {
		better := 0
		if m.unit == UnitNs {
			better = -1
		}
		all = append(all, Metric{m.name(), m.unit, better, m.read})
	}
	return append(all, Metric{"producer_rest_mean", UnitNs, -1, rest})
}

// rest is what of the mean service the producers' library does not tell. The parts count from other edges than records do,
// and by request where records count one by one, so it may be a little below zero.
func rest(t *Trial) (float64, bool) {
	side, service := t.side(producing), t.Latency[Service]
	if side == nil || service == nil || service.MeanNs == nil {
		return 0, false
	}
	trip, known := side.RoundTrip.mean()
	queue, _ := side.ClientQueue.mean()
	wire, _ := side.Wire.mean()
	return *service.MeanNs - queue - wire - trip, known
}

// spread returns the part that a metric is of, nil where there is none.
func (t *Trial) spread(metric string) *Spread {
	for _, m := range partMetrics() {
		if side := t.side(m.side); side != nil && m.name() == metric {
			return m.of(&side.Parts)
		}
	}
	return nil
}

// Truncated says that the library's histogram of the metric's part left out values in some of its windows.
func (t *Trial) Truncated(metric string) bool {
	s := t.spread(metric)
	return s != nil && s.Truncated > 0
}
