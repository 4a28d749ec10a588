package audit

import "testing"

// thirds has three transactions of ten records, of which the second is meant to be aborted.
func thirds(committed bool) (*Audit, *Producer) {
	a := New(1, 1)
	p := a.Producer(0)
	p.Transactions(func(seq uint64) bool { return seq/10 == 1 }, committed)
	p.MeasureFrom(0)
	for seq := range uint64(30) {
		p.Sending(seq)
	}
	return a, p
}

func TestTransactions(t *testing.T) {
	t.Parallel()
	ack := func(p *Producer, from, to uint64) {
		for seq := from; seq < to; seq++ {
			p.Acked(seq, 0, int64(seq))
		}
	}
	read := func(a *Audit, from, to uint64) {
		for seq := from; seq < to; seq++ {
			a.Group(0).Read(0, seq, 0, int64(seq))
		}
	}
	for _, tc := range []struct {
		why       string
		committed bool
		do        func(a *Audit, p *Producer)
		want      Counts
		agree     Agreement
	}{
		{"what was committed is read, and nothing else", true, func(a *Audit, p *Producer) {
			ack(p, 0, 10)
			p.Aborted(10, 20)
			ack(p, 20, 30)
			read(a, 0, 10)
			read(a, 20, 30)
		}, Counts{}, Agrees},
		{"what was aborted is read, of those who promise that it is not", true, func(a *Audit, p *Producer) {
			ack(p, 0, 10)
			read(a, 0, 12)
			p.Aborted(10, 20)
			ack(p, 20, 30)
			read(a, 18, 30)
		}, Counts{AbortedRead: 4}, Agrees},
		{"one of them again: it is one record", true, func(a *Audit, _ *Producer) {
			read(a, 10, 11)
			read(a, 10, 11)
		}, Counts{AbortedRead: 1}, Agrees},
		{"of those who do not it is in no count", false, func(a *Audit, p *Producer) {
			ack(p, 0, 10)
			p.Aborted(10, 20)
			ack(p, 20, 30)
			read(a, 0, 30)
		}, Counts{}, Agrees},
		{"one that was committed is missing", true, func(a *Audit, p *Producer) {
			ack(p, 0, 10)
			p.Aborted(10, 20)
			ack(p, 20, 30)
			read(a, 0, 10)
			read(a, 21, 30)
		}, Counts{Lost: 1}, Agrees},
		{"a commit whose outcome nobody knows: its records may be read", true, func(a *Audit, p *Producer) {
			ack(p, 0, 10)
			read(a, 0, 10)
			read(a, 20, 25)
		}, Counts{Ghost: 5}, Agrees},
		{"or not", true, func(a *Audit, p *Producer) {
			ack(p, 0, 10)
			read(a, 0, 10)
		}, Counts{}, Agrees},
		{"one was aborted that was not meant to be", true, func(a *Audit, p *Producer) {
			p.Aborted(0, 10)
			ack(p, 20, 30)
			read(a, 0, 1)
			read(a, 9, 10)
			read(a, 20, 30)
		}, Counts{AbortedRead: 2}, Agrees},
		{"that was read before anybody could know", true, func(a *Audit, p *Producer) {
			read(a, 0, 10)
			p.Aborted(0, 10)
			ack(p, 20, 30)
			read(a, 20, 30)
		}, Counts{}, Unknown},
	} {
		a, p := thirds(tc.committed)
		tc.do(a, p)
		r := a.Result(nil)
		if r.Measured != tc.want || r.Agreement != tc.agree {
			t.Errorf("%s: got %+v, %s; want %+v, %s", tc.why, r.Measured, r.Agreement, tc.want, tc.agree)
		}
	}
}

// TestAbortedRecordsFreeTheirChunks holds memory to what is open: aborted records are waited for by nobody.
func TestAbortedRecordsFreeTheirChunks(t *testing.T) {
	t.Parallel()
	a := New(1, 2)
	p := a.Producer(0)
	p.Transactions(func(seq uint64) bool { return seq/100%10 == 3 }, true)
	const records = 3 * chunkSize / 100 * 100
	for from := uint64(0); from < records; from += 100 {
		for seq := from; seq < from+100; seq++ {
			p.Sending(seq)
		}
		if from/100%10 == 3 || from/100%17 == 5 { // some were not meant to be
			p.Aborted(from, from+100)
			continue
		}
		for seq := from; seq < from+100; seq++ {
			p.Acked(seq, 0, int64(seq))
			a.Group(0).Read(0, seq, 0, int64(seq))
			a.Group(1).Read(0, seq, 0, int64(seq))
		}
	}
	open := 0
	for _, c := range p.chunks {
		if c != p.complete {
			open++
		}
	}
	if open > 1 {
		t.Errorf("%d chunks are open, want that of the last records only", open)
	}
	if r := a.Result(nil); r.Measured != (Counts{}) || r.Warmup != (Counts{}) {
		t.Errorf("got %+v, %+v; want nothing to be wrong", r.Measured, r.Warmup)
	}
}
