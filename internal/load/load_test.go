package load

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"math/big"
	"slices"
	"testing"
	"time"
)

func TestConstantIsExact(t *testing.T) {
	t.Parallel()
	for _, milli := range []int64{1, 333, 1000, 1001, 700e6, 1e9, 3e9 + 7} {
		c := NewConstant(milli)
		for _, n := range []uint64{0, 1, 2, 999, 1e6, 1e9, 1e9 + 1, 1e12} {
			got, ok := c.Due(n)
			// floor(n x 10^12 / milli), with integers that have no limit.
			want := new(big.Int).Mul(new(big.Int).SetUint64(n), big.NewInt(1e12))
			want.Div(want, big.NewInt(milli))
			if !want.IsInt64() {
				if ok {
					t.Errorf("rate %d/1000s, record %d: got %v, want none: it lies past the end of time", milli, n, got)
				}
				continue
			}
			if !ok || int64(got) != want.Int64() {
				t.Errorf("rate %d/1000s, record %d: got %d (%v), want %d", milli, n, got, ok, want)
			}
		}
	}
	if _, ok := NewConstant(1).Due(math.MaxUint64); ok {
		t.Error("the last index at the slowest rate has an instant; it lies past the end of time")
	}
}

func TestConstantStaggersWorkers(t *testing.T) {
	t.Parallel()
	whole, due := NewConstant(1000e3), []time.Duration{}
	for worker := range uint64(3) {
		for n := worker; n < 300; n += 3 {
			at, _ := whole.Due(n)
			due = append(due, at)
		}
	}
	slices.Sort(due)
	for i, at := range due {
		if want := time.Duration(i) * time.Millisecond; at != want {
			t.Fatalf("record %d of three workers together is due at %v, want %v", i, at, want)
		}
	}
}

func TestPoisson(t *testing.T) {
	t.Parallel()
	const rate, n = 10_000, 100_000
	p, again := NewPoisson(NewConstant(rate*1000), 7), NewPoisson(NewConstant(rate*1000), 7)
	other := NewPoisson(NewConstant(rate*1000), 8)
	gaps := make([]float64, 0, n)
	last, same := time.Duration(0), 0
	for i := range uint64(n) {
		at, ok := p.Due(i)
		if !ok || at < last {
			t.Fatalf("record %d is due at %v, before its forerunner at %v", i, at, last)
		}
		gaps = append(gaps, (at-last).Seconds()*rate)
		last = at
		if o, _ := other.Due(i); o == at {
			same++
		}
	}
	if same > n/100 {
		t.Errorf("%d of %d instants are the same for another seed", same, n)
	}
	// Any order of asking gives the same instants: a worker computes its own share alone.
	for _, i := range []uint64{99_999, 4096, 4095, 0, 50_000} {
		a, _ := p.Due(i)
		b, _ := again.Due(i)
		if a != b {
			t.Errorf("record %d is due at %v or %v, depending on what was asked before", i, a, b)
		}
	}
	if rel := last.Seconds()*rate/n - 1; math.Abs(rel) > 0.001 {
		t.Errorf("the rate is off by %.3f %%", 100*rel)
	}
	// Kolmogorov-Smirnov against the exponential law, at the 0.1 % level: 1.95/sqrt(n).
	slices.Sort(gaps)
	worst := 0.0
	for i, g := range gaps {
		f := 1 - math.Exp(-g)
		worst = max(worst, math.Abs(f-float64(i)/n), math.Abs(f-float64(i+1)/n))
	}
	if limit := 1.95 / math.Sqrt(n); worst > limit {
		t.Errorf("gaps are not exponential: distance %.5f, limit %.5f", worst, limit)
	}
}

func TestStampGolden(t *testing.T) {
	t.Parallel()
	value := bytes.Repeat([]byte{0xee}, 52)
	s := Stamp{Run: 0x1122334455667788, Producer: 3, Seq: 42, Due: 1_000_000, Sent: 1_000_500, Flags: FlagBody}
	NewStamper().Put(&s, value)
	// Written down once: readers in other processes and versions depend on it.
	want := "6b626e63" + "01" + "02" + "0000" + "8877665544332211" + "2a00000000000000" + "40420f0000000000" + "34440f0000000000" + "03000000"
	if got := hex.EncodeToString(value[:44]); got != want {
		t.Errorf("stamp is\n%s, want\n%s", got, want)
	}
	if got, err := ReadStamp(value, StampTable()); err != nil || got != s {
		t.Errorf("read back %+v (%v), want %+v", got, err, s)
	}
}

func TestStampDamage(t *testing.T) {
	t.Parallel()
	table := StampTable()
	good := make([]byte, 100)
	NewStamper().Put(&Stamp{Run: 1, Flags: FlagBody}, good)
	bare := make([]byte, 100)
	NewStamper().Put(&Stamp{Run: 1}, bare)
	for _, tt := range []struct {
		why  string
		in   []byte
		at   int // byte to flip, -1 none
		want error
	}{
		{"as it was", good, -1, nil},
		{"due changed", good, 25, ErrChecksum},
		{"checksum changed", good, 45, ErrChecksum},
		{"body changed, covered", good, 99, ErrChecksum},
		{"body changed, not covered", bare, 99, nil},
		{"magic changed: not ours", good, 0, ErrNoStamp},
		{"another version: not ours", good, 4, ErrNoStamp},
		{"too short", good[:47], -1, ErrNoStamp},
		{"empty", nil, -1, ErrNoStamp},
	} {
		b := slices.Clone(tt.in)
		if tt.at >= 0 {
			b[tt.at] ^= 0x40
		}
		if _, err := ReadStamp(b, table); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.why, err, tt.want)
		}
	}
}

func FuzzReadStamp(f *testing.F) {
	b := make([]byte, 64)
	NewStamper().Put(&Stamp{Run: 1, Seq: 2, Flags: FlagBody}, b)
	f.Add(b)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ReadStamp(b, StampTable())
		if err != nil {
			return
		}
		again := slices.Clone(b)
		NewStamper().Put(&s, again)
		if got, err := ReadStamp(again, StampTable()); err != nil || got != s {
			t.Errorf("%x: read %+v, wrote it, read %+v (%v)", b, s, got, err)
		}
	})
}
