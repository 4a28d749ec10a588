package run

import (
	"kbench/internal/driver"
	"kbench/internal/result"
)

// A breakdown sums up what the clients tell of where their time went in the measured part. The zero value has nothing. It is
// the watch's own until that has ended.
type breakdown struct{ producer, consumer driver.Times }

// look takes what came since the last look. The first look is where the measured part begins: what came before is nobody's.
func (b *breakdown) look(t *trial) {
	producer, consumer := driver.Times{}, driver.Times{}
	for _, p := range t.producers {
		producer.Add(p.client.Times())
	}
	for _, g := range t.groups {
		for _, m := range g.members {
			consumer.Add(m.client.Times())
			consumer.Add(m.times.Take())
		}
	}
	if b.producer == nil {
		b.producer, b.consumer = driver.Times{}, driver.Times{}
		return
	}
	b.producer.Add(producer)
	b.consumer.Add(consumer)
}

// result returns it for the record, nil where no client told anything.
func (b *breakdown) result() *result.Breakdown {
	out := result.Breakdown{Producer: sideOf(b.producer), Consumer: sideOf(b.consumer)}
	if out == (result.Breakdown{}) {
		return nil
	}
	return &out
}

func sideOf(times driver.Times) *result.Side {
	if len(times) == 0 {
		return nil
	}
	s := &result.Side{}
	for at, values := range times {
		parts := &s.Parts
		switch {
		case at.Broker >= 0:
			parts = partsOf(&s.Brokers, at.Broker)
		case at.Partition >= 0:
			parts = partsOf(&s.Partitions, at.Partition)
		}
		if to := place(parts, at.Part); to != nil {
			*to = spread(values)
		}
	}
	return s
}

// partsOf returns the parts of one broker or partition, and makes them where there are none yet.
func partsOf(all *map[int32]*result.Parts, id int32) *result.Parts {
	if *all == nil {
		*all = map[int32]*result.Parts{}
	}
	if (*all)[id] == nil {
		(*all)[id] = &result.Parts{}
	}
	return (*all)[id]
}

// place returns where the record has a part.
func place(p *result.Parts, part driver.Part) **result.Spread {
	switch part {
	case driver.PartQueue:
		return &p.ClientQueue
	case driver.PartWire:
		return &p.Wire
	case driver.PartRoundTrip:
		return &p.RoundTrip
	case driver.PartThrottle:
		return &p.Throttle
	case driver.PartCommit:
		return &p.Commit
	case driver.PartProcessing:
		return &p.Processing
	case driver.PartBatchRecords:
		return &p.BatchRecords
	case driver.PartBatchBytes:
		return &p.BatchBytes
	case driver.PartRequestRecords:
		return &p.RequestRecords
	case driver.PartInFlight:
		return &p.InFlight
	case driver.PartBuffered:
		return &p.Buffered
	}
	return nil // there is no other part
}

func spread(v driver.Spread) *result.Spread {
	s := &result.Spread{Count: v.Count, RoundedDown: v.RoundedDown, Windows: v.Windows, Truncated: v.Truncated}
	if v.Count > 0 {
		mean := v.Sum / float64(v.Count)
		s.Mean, s.Max = &mean, &v.Max
	}
	if v.Windows > 0 && v.Truncated == 0 {
		s.P99AtMost = &v.P99
	}
	return s
}
