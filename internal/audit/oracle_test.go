package audit

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

// record names one record of the trial.
type record struct {
	producer int
	seq      uint64
}

// entry is one record at one place of the log.
type entry struct {
	record
	at place
}

// oracle keeps everything, in maps, and says what the definitions say.
type oracle struct {
	acked    map[record]place
	reads    [][]entry // by group, in the order of reading
	measured []uint64  // by producer
}

func (o *oracle) counts(group int, logStart map[int32]int64) (measured, warmup Counts, agree Agreement) {
	of := func(r record) *Counts {
		if r.seq >= o.measured[r.producer] {
			return &measured
		}
		return &warmup
	}
	first, places := map[record]place{}, map[entry]bool{}
	duplicates := make([]int, len(o.measured))
	type stream struct {
		producer  int
		partition int32
	}
	order := map[stream][]entry{}
	for _, e := range o.reads[group] {
		_, before := first[e.record]
		switch {
		case !before:
			first[e.record] = e.at
			s := stream{e.producer, e.at.partition}
			order[s] = append(order[s], e)
		case places[e]:
			of(e.record).Redelivered++
		default:
			of(e.record).Duplicated++
			duplicates[e.producer]++
		}
		places[e] = true
	}
	for _, s := range order {
		slices.SortFunc(s, func(a, b entry) int { return cmp.Compare(a.at.offset, b.at.offset) })
		highest := uint64(0)
		for _, e := range s {
			if e.seq < highest {
				of(e.record).Reordered++
			}
			highest = max(highest, e.seq)
		}
	}
	agrees := make([]Agreement, len(o.measured))
	for p := range agrees {
		agrees[p] = agreement(true, duplicates[p] == 0)
	}
	for r, at := range o.acked {
		read, ok := first[r]
		switch {
		case !ok && at.offset >= 0 && at.offset < logStart[at.partition]:
			of(r).Truncated++
		case !ok:
			of(r).Lost++
		case at.offset >= 0 && at != read && agrees[r.producer] == Agrees:
			agrees[r.producer] = Differs
		}
	}
	for r, at := range o.acked {
		if at.offset < 0 {
			agrees[r.producer] = Unknown
		}
	}
	for r := range first {
		if _, ok := o.acked[r]; !ok {
			of(r).Ghost++
		}
	}
	agree = Agrees
	for _, a := range agrees {
		agree = agree.and(a)
	}
	return measured, warmup, agree
}

// history is a trial that could have been: what is in the log, which acks came, and where the log starts at the end.
type history struct {
	log      [][]entry // by partition, by offset
	acks     [][]entry // by producer
	logStart map[int32]int64
}

// newHistory makes one with every fault there is, from records base and up. faults is the part of records that each
// kind of fault has; 0 makes a history without any.
func newHistory(rng *rand.Rand, producers, partitions, n int, base uint64, firstOffset int64, faults float64) history {
	h := history{log: make([][]entry, partitions), acks: make([][]entry, producers), logStart: map[int32]int64{}}
	end := make([]int64, partitions)
	for p := range end {
		end[p] = firstOffset
	}
	put := func(r record) entry {
		p := rng.IntN(partitions)
		end[p] += 1 + int64(rng.IntN(5)/4) // markers of transactions take offsets too
		e := entry{r, place{int32(p), end[p]}}
		h.log[p] = append(h.log[p], e)
		return e
	}
	ack := func(e entry) { h.acks[e.producer] = append(h.acks[e.producer], e) }
	var again []record
	for seq := base; seq < base+uint64(n); seq++ {
		for _, producer := range rng.Perm(producers) {
			r := record{producer, seq}
			switch fault := rng.Float64(); {
			case fault < faults: // acked and never in the log
				ack(entry{r, place{int32(rng.IntN(partitions)), end[0] + 1}})
			case fault < 2*faults: // failed and not in the log
			case fault < 3*faults: // failed and in the log
				put(r)
			case fault < 4*faults: // in the log twice, the first copy acked
				ack(put(r))
				again = append(again, r)
			case fault < 5*faults: // acked at another place
				e := put(r)
				e.at.offset += 1000
				ack(e)
			case fault < 6*faults: // acked without a place
				put(r)
				ack(entry{r, nowhere})
			default:
				ack(put(r))
			}
		}
		if len(again) > 0 && rng.IntN(4) == 0 {
			put(again[0])
			again = again[1:]
		}
	}
	for p, log := range h.log {
		for i := 1; i < len(log); i++ {
			if rng.Float64() < faults { // written in another order; acks keep to the old one
				log[i-1].record, log[i].record = log[i].record, log[i-1].record
			}
		}
		if len(log) > 0 && faults > 0 {
			h.logStart[int32(p)] = log[rng.IntN(len(log))].at.offset
		}
	}
	return h
}

// reading returns what one group reads of one partition: from some place to the end, going back now and then.
func (h *history) reading(rng *rand.Rand, partition int) []entry {
	log, from := h.log[partition], 0
	if rng.IntN(2) == 0 { // after retention had deleted some
		from = slices.IndexFunc(log, func(e entry) bool { return e.at.offset >= h.logStart[int32(partition)] })
	}
	var out []entry
	rewinds := 5
	for i := max(0, from); i < len(log); i++ {
		out = append(out, log[i])
		if rewinds > 0 && rng.IntN(20) == 0 {
			rewinds--
			i = max(from, i-rng.IntN(15)) - 1
			i = max(i, -1)
		}
	}
	return out
}

// checkHistory plays one history in a random interleaving and holds the account against the oracle.
func checkHistory(t testing.TB, seed uint64, filled bool) {
	rng := rand.New(rand.NewPCG(seed, 1))
	producers, groups, partitions, n := 1+rng.IntN(3), 1+rng.IntN(2), 1+rng.IntN(3), 20+rng.IntN(150)
	base := uint64(rng.IntN(2)) * uint64(chunkSize-n/2) // at the beginning, or across the border of two chunks
	faults := []float64{0, 0.003, 0.03}[rng.IntN(3)]
	if filled {
		producers, base = 1, uint64(chunkSize-n/2)
	}
	a := New(producers, groups)
	if filled { // so that the first chunk becomes complete, at some instant
		fill(a, 0, base, 0)
	}
	h := newHistory(rng, producers, partitions, n, base, 2*chunkSize, faults)
	o := oracle{acked: map[record]place{}, reads: make([][]entry, groups)}

	type queue struct {
		events []entry
		do     func(entry)
	}
	var queues []queue
	for i := range producers {
		from := base + uint64(rng.IntN(n))
		o.measured = append(o.measured, from)
		a.Producer(i).MeasureFrom(from)
		a.Producer(i).Sending(base + uint64(n) - 1)
		if acks := h.acks[i]; rng.IntN(2) == 0 {
			rng.Shuffle(len(acks), func(x, y int) { acks[x], acks[y] = acks[y], acks[x] })
		}
		queues = append(queues, queue{h.acks[i], func(e entry) {
			o.acked[e.record] = e.at
			a.Producer(i).Acked(e.seq, e.at.partition, e.at.offset)
		}})
	}
	for g := range groups {
		for p := range partitions {
			queues = append(queues, queue{h.reading(rng, p), func(e entry) {
				o.reads[g] = append(o.reads[g], e)
				a.Group(g).Read(uint32(e.producer), e.seq, e.at.partition, e.at.offset)
			}})
		}
	}
	for len(queues) > 0 {
		i := rng.IntN(len(queues))
		if len(queues[i].events) == 0 {
			queues = slices.Delete(queues, i, i+1)
			continue
		}
		queues[i].do(queues[i].events[0])
		queues[i].events = queues[i].events[1:]
	}

	got := a.Result(h.logStart)
	for g := range groups {
		measured, warmup, agree := o.counts(g, h.logStart)
		if of := got.Groups[g]; of.Measured != measured || of.Warmup != warmup || of.Agreement != agree {
			t.Errorf("seed %d, group %d:\ngot  %+v, warm-up %+v, %s\nwant %+v, warm-up %+v, %s",
				seed, g, of.Measured, of.Warmup, of.Agreement, measured, warmup, agree)
		}
	}
}

func TestAgainstOracle(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		checkHistory(t, seed, false)
	}
	for seed := range uint64(2) {
		checkHistory(t, seed, true)
	}
}

func FuzzAgainstOracle(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { checkHistory(t, seed, false) })
}
