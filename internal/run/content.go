package run

import (
	"math/bits"

	"kbench/internal/driver"
	"kbench/internal/load"
	"kbench/internal/scenario"
)

// contentOf is what a scenario says that records look like, in the words of package load.
func contentOf(m *scenario.Message, seed uint64, stamped bool) load.Content {
	payloads := map[string]load.Payload{"random": load.Random, "zeros": load.Zeros, "text": load.Text, "json": load.JSON}
	picks := map[scenario.Pick]load.Pick{
		scenario.PickUniform: load.PickUniform, scenario.PickSequential: load.PickInTurn, scenario.PickZipf: load.PickZipf, scenario.PickHot: load.PickHot,
	}
	c := load.Content{
		Sizes: sizesOf(&m.Size), Payload: payloads[m.Payload], CompressTo: m.CompressTo, Headers: m.Headers, Seed: seed, Stamped: stamped,
		Keys: load.Keys{
			Count: uint64(m.Keys.Count), Pick: picks[m.Keys.Pick], Exponent: m.Keys.Exponent,
			HotKeys: float64(m.Keys.Hot.Keys), HotRecords: float64(m.Keys.Hot.Records),
		},
	}
	if m.FromFile() {
		c.Payload, c.Lines = load.Lines, m.Lines
	}
	return c
}

func sizesOf(s *scenario.Sizes) load.Sizes {
	least, most := s.Bounds()
	switch {
	case s.Uniform != nil:
		return load.UniformSizes(int(least), int(most))
	case s.Lognormal != nil:
		return load.LognormalSizes(int(s.Lognormal.Median), int(s.Lognormal.P99), int(least), int(most))
	case s.Weighted != nil:
		weights := map[int]float64{}
		for size, weight := range s.Weights() {
			weights[int(size)] = weight
		}
		return load.WeightedSizes(weights)
	}
	return load.FixedSize(int(s.Fixed))
}

// A content is what the producers of a trial send. It is only read once made.
type content struct {
	*load.Messages
	shared  [][]byte          // values sent in turn, and only read; nil: each record has a value of its own
	headers [][]driver.Header // sets of them, in turn; nil: records have none
	stamped bool
}

// makeContent makes what producers send: what the scenario says that records look like.
func (t *trial) makeContent() {
	t.content = &content{Messages: load.NewMessages(contentOf(&t.c.Message, t.env.Seed, t.stamped())), stamped: t.stamped()}
	if !t.stamped() && t.content.Fixed() {
		t.content.shared = t.content.NewRing()
	}
	for _, set := range t.content.NewHeaders() {
		headers := make([]driver.Header, len(set))
		for i, h := range set {
			headers[i] = driver.Header(h)
		}
		t.content.headers = append(t.content.headers, headers)
	}
}

// headerBytes returns the mean of the headers' bytes over records, keys and values.
func (c *content) headerBytes() float64 {
	sum := 0
	for _, set := range c.headers {
		for _, h := range set {
			sum += len(h.Key) + len(h.Value)
		}
	}
	return float64(sum) / float64(max(len(c.headers), 1))
}

// prepare makes all of record n that does not depend on when it is sent.
func (p *producer) prepare(r *driver.Record, n uint64) {
	c := p.content
	r.Partition = p.deal(n, c.Key(n, r.Key))
	if c.headers != nil {
		r.Headers = c.headers[n%uint64(len(c.headers))]
	}
	switch {
	case c.shared != nil:
		r.Value = c.shared[n%uint64(len(c.shared))]
		return
	case !c.Fixed():
		size, _ := c.Size(n)
		r.Value = p.shelf.fit(r.Value, size)
	}
	c.Fill(n, r.Value)
}

// newRecord makes one for the pool. Where sizes vary it gets its value when it is prepared.
func (p *producer) newRecord(int) *driver.Record {
	r := &driver.Record{Key: p.content.NewKey()}
	if p.content.shared == nil && p.content.Fixed() {
		r.Value = make([]byte, p.content.Most())
	}
	return r
}

// A shelf holds values that no record has, by the power of two that they have room for. Records whose sizes vary change theirs there, so
// that all of them together take about what they need: a record that once was large does not stay so. It is the sender's own.
type shelf [bits.UintSize][][]byte

// fit returns a value of so many bytes, whatever is in them, for a record that had another.
func (s *shelf) fit(value []byte, size int) []byte {
	class := bits.Len(uint(max(size-1, 0)))
	if cap(value) == 1<<class {
		return value[:size]
	}
	if cap(value) > 0 {
		had := bits.Len(uint(cap(value))) - 1
		s[had] = append(s[had], value)
	}
	if last := len(s[class]) - 1; last >= 0 {
		value, s[class] = s[class][last], s[class][:last]
		return value[:size]
	}
	return make([]byte, size, 1<<class)
}
