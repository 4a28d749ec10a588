package load

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// contents are one of each kind that there is, by a name for it.
func contents() map[string]Content {
	lines := [][]byte{[]byte("one"), {}, []byte("a third line")}
	hot := Keys{Count: 1000, Pick: PickHot, HotKeys: 0.01, HotRecords: 0.8}
	return map[string]Content{
		"random stamped":   {Sizes: FixedSize(200), Payload: Random, CompressTo: 0.5, Keys: Keys{Count: 10, Pick: PickInTurn}, Seed: 1, Stamped: true},
		"random uniform":   {Sizes: UniformSizes(48, 2000), Payload: Random, CompressTo: 0.2, Keys: hot, Seed: 2, Stamped: true},
		"random lognormal": {Sizes: LognormalSizes(1000, 64_000, 48, 1e6), Payload: Random, CompressTo: 1, Keys: hot, Seed: 3},
		"zeros":            {Sizes: WeightedSizes(map[int]float64{1: 90, 500: 10}), Payload: Zeros, Headers: 1, Seed: 4},
		"text uniform":     {Sizes: UniformSizes(1, 300), Payload: Text, Keys: Keys{Count: 1e6, Pick: PickZipf, Exponent: 0.7}, Headers: 3, Seed: 5},
		"json uniform":     {Sizes: UniformSizes(48, 400), Payload: JSON, Seed: 6, Stamped: true},
		"lines":            {Payload: Lines, Lines: lines, Seed: 7},
		"lines stamped":    {Payload: Lines, Lines: lines, Seed: 7, Stamped: true},
	}
}

// TestReproducible holds every byte of the first records of each kind to a hash that was written down once: what a seed made, it makes
// in any version. And two workers that share the records make what one makes.
func TestReproducible(t *testing.T) {
	t.Parallel()
	const file = "testdata/content.golden"
	var got strings.Builder
	for _, name := range slices.Sorted(maps.Keys(contents())) {
		c := contents()[name]
		one, other := NewMessages(c), NewMessages(c)
		whole, shared := digest(one, one), digest(other, one)
		if whole != shared {
			t.Errorf("%s: one worker makes %s, two make %s", name, whole, shared)
		}
		fmt.Fprintf(&got, "%s %s\n", whole, name)
	}
	if *update {
		if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || got.String() != string(want) {
		t.Errorf("a seed makes other bytes than it did (%v)\ngot:\n%s\nwant:\n%s", err, got.String(), want)
	}
	c := contents()["random uniform"]
	first := digest(NewMessages(c), NewMessages(c))
	if c.Seed++; digest(NewMessages(c), NewMessages(c)) == first {
		t.Error("another seed makes the same")
	}
}

// digest hashes keys, values and headers of some thousand records, the even ones made by one maker, the odd ones by another.
func digest(even, odd *Messages) string {
	hash, buffer := sha256.New(), bytes.Repeat([]byte{0xee}, even.Most()) // what was there before must not show
	sets := even.NewHeaders()
	for n := range uint64(3000) {
		m := even
		if n%2 == 1 {
			m = odd
		}
		size, _ := m.Size(n)
		value, key := buffer[:size], m.NewKey()
		if m.c.Stamped {
			clear(value[:StampSize])
		}
		m.Fill(n, value)
		m.Key(n, key)
		fmt.Fprintf(hash, "%d %d %s", n, size, key)
		hash.Write(value)
		if sets != nil {
			fmt.Fprintf(hash, "%s", sets[n%uint64(len(sets))])
		}
	}
	return hex.EncodeToString(hash.Sum(nil)[:16])
}

func TestValues(t *testing.T) {
	t.Parallel()
	m := NewMessages(Content{Sizes: FixedSize(200), Payload: Random, CompressTo: 0.5, Seed: 1, Stamped: true})
	values := map[string]bool{}
	var v []byte
	for n := range uint64(1000) {
		v = m.NewValue(n)
		if !bytes.Equal(v[:StampSize], make([]byte, StampSize)) {
			t.Fatalf("record %d: the stamp's place was written to", n)
		}
		values[string(v)] = true
	}
	if len(values) != 1000 {
		t.Errorf("%d distinct values of 1000", len(values))
	}
	if zeros := bytes.Count(v[StampSize:], []byte{0}); zeros < 60 || zeros > 90 {
		t.Errorf("%d bytes are zero, want about 74 (half of 200, less the stamp)", zeros)
	}
	lines := NewMessages(Content{Payload: Lines, Lines: [][]byte{[]byte("one"), {}}, Stamped: true})
	for n, want := range []string{"one", "", "one"} {
		if got := lines.NewValue(uint64(n)); string(got[StampSize:]) != want {
			t.Errorf("record %d is %q after its stamp, want %q", n, got[StampSize:], want)
		}
	}
	if lines.Most() != StampSize+3 || lines.Fixed() {
		t.Errorf("the longest line has %d bytes and fixed is %v, want 51 and false", lines.Most(), lines.Fixed())
	}
}

// TestNearValuesShareNothing: no codec's window sees the same random bytes twice, whatever the sizes are.
func TestNearValuesShareNothing(t *testing.T) {
	t.Parallel()
	for name, sizes := range map[string]Sizes{"fixed": FixedSize(1000), "drawn": LognormalSizes(1000, 64_000, 48, 1e6)} {
		m := NewMessages(Content{Sizes: sizes, Payload: Random, CompressTo: 1, Seed: 1})
		seen, total := map[string]bool{}, 0
		for n := uint64(0); total < slabSize-1e6; n++ {
			v := m.NewValue(n)
			if seen[string(v[:16])] {
				t.Fatalf("%s: record %d begins as one before it did, after %d bytes", name, n, total)
			}
			seen[string(v[:16])] = true
			total += len(v)
		}
	}
}

func TestRing(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		why    string
		c      Content
		values int // least
		zeros  int // in each
	}{
		{"half of it random", Content{Sizes: FixedSize(200), Payload: Random, CompressTo: 0.5, Seed: 1}, 80_000, 100},
		{"no room for a stamp, and none needed", Content{Sizes: FixedSize(20), Payload: Random, CompressTo: 1, Seed: 1}, 800_000, 0},
		{"larger than the ring", Content{Sizes: FixedSize(32 << 20), Payload: Random, CompressTo: 1, Seed: 1}, 2, 0},
		{"zeros", Content{Sizes: FixedSize(100), Payload: Zeros}, 100_000, 100},
		{"no value", Content{}, 1, 0},
	} {
		m := NewMessages(tc.c)
		ring := m.NewRing()
		if len(ring) < tc.values {
			t.Errorf("%s: %d values, want %d", tc.why, len(ring), tc.values)
		}
		for _, i := range []int{0, len(ring) / 2, len(ring) - 1} {
			v := ring[i]
			if len(v) != m.Most() || cap(v) != m.Most() || !bytes.Equal(v, m.NewValue(uint64(i+3*len(ring)))) {
				t.Fatalf("%s: value %d has %d bytes and room for %d, want those of any record that is a multiple of the ring on", tc.why, i, len(v), cap(v))
			}
			// A random byte is zero once in 256.
			if zeros := bytes.Count(v, []byte{0}); len(v) > 0 && (zeros < tc.zeros || zeros > tc.zeros+len(v)/20+2) {
				t.Errorf("%s: %d of %d bytes are zero, want about %d", tc.why, zeros, len(v), tc.zeros)
			}
		}
		if tc.c.Payload == Random && bytes.Equal(ring[0], ring[1]) {
			t.Errorf("%s: two values are the same", tc.why)
		}
	}
}

// TestJSON: every value is JSON after its stamp, whatever its length; the larger ones are objects with all of their fields.
func TestJSON(t *testing.T) {
	t.Parallel()
	m := NewMessages(Content{Sizes: UniformSizes(StampSize, 600), Payload: JSON, Seed: 1, Stamped: true})
	for n := range uint64(5000) {
		body := m.NewValue(n)[StampSize:]
		if len(body) > 0 && !json.Valid(body) {
			t.Fatalf("record %d is no JSON: %s", n, body)
		}
		var fields map[string]any
		if err := json.Unmarshal(body, &fields); len(body) >= 120 && (err != nil || len(fields) != 7) {
			t.Fatalf("record %d has %d fields (%v), want 7: %s", n, len(fields), err, body)
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	for _, count := range []int{0, 1, 3, 1000} {
		sets := NewMessages(Content{Sizes: FixedSize(10), Headers: count, Seed: 1}).NewHeaders()
		if (len(sets) == 0) != (count == 0) {
			t.Fatalf("%d headers: %d sets", count, len(sets))
		}
		distinct := map[string]bool{}
		for _, set := range sets {
			if len(set) != count {
				t.Fatalf("a set has %d headers, want %d", len(set), count)
			}
			for i, h := range set {
				if want := fmt.Sprintf("header-%d", i+1); h.Key != want || len(h.Value) < leastHeader || len(h.Value) > mostHeader {
					t.Fatalf("header %d is %q with %d bytes, want %q with 8 to 32", i, h.Key, len(h.Value), want)
				}
				distinct[string(h.Value)] = true
			}
		}
		if len(distinct) != count*len(sets) {
			t.Errorf("%d distinct values of %d", len(distinct), count*len(sets))
		}
	}
}

func TestMakingAllocatesNothing(t *testing.T) {
	for name, c := range contents() {
		m := NewMessages(c)
		k, v, stamper, n := m.NewKey(), make([]byte, m.Most()), NewStamper(), uint64(0)
		if got := testing.AllocsPerRun(1000, func() {
			m.Key(n, k)
			size, _ := m.Size(n)
			m.Fill(n, v[:size])
			if c.Stamped {
				s := Stamp{Seq: n, Flags: FlagBody}
				stamper.Put(&s, v[:size])
			}
			n++
		}); got != 0 {
			t.Errorf("%s: %v allocations a record, want 0", name, got)
		}
	}
}

// BenchmarkKey and BenchmarkSize are what it costs to draw for a record; BenchmarkFill the rest, most of which is copying.
func BenchmarkKey(b *testing.B) {
	for name, k := range map[string]Keys{
		"uniform": {Count: 1e6, Pick: PickUniform},
		"in turn": {Count: 1e6, Pick: PickInTurn},
		"zipf 1":  {Count: 10e6, Pick: PickZipf, Exponent: 1},
		"zipf .9": {Count: 10e6, Pick: PickZipf, Exponent: 0.9},
		"zipf 2":  {Count: 10e6, Pick: PickZipf, Exponent: 2},
		"hot":     {Count: 1e6, Pick: PickHot, HotKeys: 0.01, HotRecords: 0.8},
	} {
		b.Run(name, func(b *testing.B) {
			m := NewMessages(Content{Keys: k, Seed: 1})
			key := m.NewKey()
			b.ReportAllocs()
			for n := uint64(0); b.Loop(); n++ {
				m.Key(n, key)
			}
		})
	}
}

func BenchmarkSize(b *testing.B) {
	m := NewMessages(Content{Sizes: LognormalSizes(1000, 64_000, 48, 1e6)})
	b.ReportAllocs()
	sum := 0
	for n := uint64(0); b.Loop(); n++ {
		size, _ := m.Size(n)
		sum += size
	}
	b.ReportMetric(float64(sum)/float64(b.N), "bytes/record")
}

// BenchmarkFill has 200 bytes in values that lie as a producer's do: many, one after the other.
func BenchmarkFill(b *testing.B) {
	for name, p := range map[string]Payload{"zeros": Zeros, "random": Random, "text": Text, "json": JSON} {
		b.Run(name, func(b *testing.B) {
			m := NewMessages(Content{Sizes: FixedSize(200), Payload: p, CompressTo: 0.5, Seed: 1, Stamped: true})
			values := make([][]byte, 4096)
			for i := range values {
				values[i] = m.NewValue(0)
			}
			b.ReportAllocs()
			for n := uint64(0); b.Loop(); n++ {
				m.Fill(n, values[n%4096])
			}
		})
	}
}

// BenchmarkGenerate is what a record of 200 bytes costs beyond the copying of its bytes: in one run, blocks that are generated take turns
// with blocks whose keys and values are only copied.
func BenchmarkGenerate(b *testing.B) {
	lognormal := LognormalSizes(200, 400, 100, 1000)
	for _, tt := range []struct {
		name string
		c    Content
	}{
		{"random, no keys", Content{Sizes: FixedSize(200), Payload: Random}},
		{"random, uniform keys", Content{Sizes: FixedSize(200), Payload: Random, Keys: Keys{Count: 1e6, Pick: PickUniform}}},
		{"text, zipf keys", Content{Sizes: FixedSize(200), Payload: Text, Keys: Keys{Count: 1e6, Pick: PickZipf, Exponent: 1.1}}},
		{"json, hot keys", Content{Sizes: FixedSize(200), Payload: JSON, Keys: Keys{Count: 1e6, Pick: PickHot, HotKeys: 0.1, HotRecords: 0.9}}},
		{"lognormal sizes, uniform keys", Content{Sizes: lognormal, Payload: Random, Keys: Keys{Count: 1e6, Pick: PickUniform}}},
	} {
		b.Run(tt.name, func(b *testing.B) {
			tt.c.Seed, tt.c.Stamped = 1, true
			m := NewMessages(tt.c)
			const block = 4096
			values, from := make([][]byte, block), make([]byte, 16<<20)
			for i := range values {
				values[i] = make([]byte, m.Most())
			}
			key, fromKey := m.NewKey(), m.NewKey()
			var generated, copied time.Duration
			b.ReportAllocs()
			n := uint64(0)
			for b.Loop() {
				begin := b.Elapsed()
				for i := range uint64(block) {
					size, _ := m.Size(n + i)
					m.Key(n+i, key)
					m.Fill(n+i, values[i][:size])
				}
				middle := b.Elapsed()
				for i := range uint64(block) {
					copy(key, fromKey)
					copy(values[i][StampSize:200], from[(n+i)*200%(16<<20-1000):])
				}
				generated += middle - begin
				copied += b.Elapsed() - middle
				n += block
			}
			b.ReportMetric(float64(generated)/float64(n), "ns/record")
			b.ReportMetric(float64(generated-copied)/float64(n), "ns/record-beyond-copying")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkMake is a record with key and stamp, whose checksum covers all of it.
func BenchmarkMake(b *testing.B) {
	m := NewMessages(Content{Sizes: FixedSize(200), Payload: Random, CompressTo: 0.5, Keys: Keys{Count: 1000}, Seed: 1, Stamped: true})
	k, v, stamper := m.NewKey(), m.NewValue(0), NewStamper()
	b.ReportAllocs()
	for n := uint64(0); b.Loop(); n++ {
		m.Key(n, k)
		m.Fill(n, v)
		s := Stamp{Seq: n, Flags: FlagBody}
		stamper.Put(&s, v)
	}
}
