package audit

import (
	"fmt"
	"slices"
)

// A Result is the account when all has been read.
type Result struct {
	Account           // summed over groups: a record that two groups did not read is lost twice
	Groups  []Account // by the groups' numbers
}

// An Account is what came out, for one group or for all.
type Account struct {
	Measured, Warmup Counts
	Parts            []Counts  // of Measured, what lies after each of the producers' marks; shorter where nothing is to be said of the last
	Agreement        Agreement // of both parts
	Examples         []string  // a line each, up to 10 of each kind
}

// Counts are numbers of pairs of a record and a group, by the package's definitions.
type Counts struct {
	Lost, Truncated, Duplicated, Reordered, Corrupt, Ghost, Redelivered, AbortedRead int64
}

// Agreement says whether every record that was both acked and read stood where its ack had said: not only that all
// came through, but that what the client says of offsets is true. It is compared by a sum of hashes over each
// producer's records, so it does not tell which one differs.
type Agreement string

// The values of Agreement. It is unknown when some ack told no offset, as with acks=0, and when there are duplicates:
// the ack names one copy, and the group may have read the other first.
const (
	Agrees  Agreement = "yes"
	Differs Agreement = "no"
	Unknown Agreement = "unknown"
)

func agreement(same, known bool) Agreement {
	switch {
	case !known:
		return Unknown
	case same:
		return Agrees
	}
	return Differs
}

// and is the agreement of two parts together: one that differs is enough.
func (a Agreement) and(b Agreement) Agreement {
	switch {
	case a == Differs || b == Differs:
		return Differs
	case a == Unknown || b == Unknown:
		return Unknown
	}
	return Agrees
}

// Result closes the account: logStart is each partition's first offset that is still there, 0 for one that is not in
// it. Call it when every group has read every partition to its end. Called earlier it is right for that moment, and what
// is on its way counts as lost.
func (a *Audit) Result(logStart map[int32]int64) Result {
	var r Result
	var all tally
	r.Agreement = Agrees
	for _, g := range a.groups {
		g.mu.Lock()
		t, agrees := g.tally.clone(), Agrees
		g.mu.Unlock()
		for _, p := range a.producers {
			of, same := p.finish(g.number, logStart)
			t.merge(of)
			agrees = agrees.and(same)
		}
		r.Groups = append(r.Groups, t.account(agrees))
		all.merge(t)
		r.Agreement = r.Agreement.and(agrees)
	}
	r.Account = all.account(r.Agreement)
	return r
}

// A kind is what can be said of a record.
type kind int

const (
	lost kind = iota
	truncated
	duplicated
	reordered
	corrupt
	ghost
	redelivered
	abortedRead
	kinds
)

func (k kind) String() string {
	return [kinds]string{"lost", "truncated", "duplicated", "reordered", "corrupt", "ghost", "redelivered", "aborted_read"}[k]
}

// exampleCap is how many records of each kind are named.
const exampleCap = 10

// An example is one record that something is to be said of.
type example struct {
	producer int
	seq      uint64
	at       place
	warmup   bool
	part     int    // how many marks lie before it
	why      string // of a corrupt one, which has no producer and seq that could be believed
}

func (e example) text(k kind) string {
	where := fmt.Sprintf("partition %d, offset %d", e.at.partition, e.at.offset)
	if k == corrupt {
		return fmt.Sprintf("%s: %s: %s", k, where, e.why)
	}
	if e.at == nowhere {
		where = "acked without an offset"
	}
	part := ""
	if e.warmup {
		part = " (warm-up)"
	}
	return fmt.Sprintf("%s: producer %d, record %d, %s%s", k, e.producer, e.seq, where, part)
}

// A tally counts by kind. The zero value is empty.
type tally struct {
	measured, warmup [kinds]int64
	parts            [][kinds]int64 // of measured, after each mark
	examples         [kinds][]example
}

func (t *tally) add(k kind, e example) {
	if e.warmup {
		t.warmup[k]++
	} else {
		t.measured[k]++
		if e.part > 0 {
			t.part(e.part - 1)[k]++
		}
	}
	if len(t.examples[k]) < exampleCap {
		t.examples[k] = append(t.examples[k], e)
	}
}

// part returns the counts after mark i.
func (t *tally) part(i int) *[kinds]int64 {
	for len(t.parts) <= i {
		t.parts = append(t.parts, [kinds]int64{})
	}
	return &t.parts[i]
}

func (t *tally) total(k kind) int64 { return t.measured[k] + t.warmup[k] }

func (t *tally) clone() tally {
	c := *t
	c.parts = slices.Clone(c.parts)
	for k := range c.examples {
		c.examples[k] = slices.Clone(c.examples[k])
	}
	return c
}

func (t *tally) merge(o tally) {
	for i := range o.parts {
		part := t.part(i)
		for k := range kinds {
			part[k] += o.parts[i][k]
		}
	}
	for k := range kinds {
		t.measured[k] += o.measured[k]
		t.warmup[k] += o.warmup[k]
		room := min(exampleCap-len(t.examples[k]), len(o.examples[k]))
		t.examples[k] = append(t.examples[k], o.examples[k][:room]...)
	}
}

func (t *tally) account(agrees Agreement) Account {
	a := Account{Measured: counts(t.measured), Warmup: counts(t.warmup), Agreement: agrees}
	for _, n := range t.parts {
		a.Parts = append(a.Parts, counts(n))
	}
	for k := range kinds {
		for _, e := range t.examples[k] {
			a.Examples = append(a.Examples, e.text(k))
		}
	}
	return a
}

func counts(n [kinds]int64) Counts {
	return Counts{n[lost], n[truncated], n[duplicated], n[reordered], n[corrupt], n[ghost], n[redelivered], n[abortedRead]}
}
