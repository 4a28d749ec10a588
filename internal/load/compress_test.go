package load

import (
	"bytes"
	"compress/gzip"
	"math"
	"testing"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// codecs are Kafka's, each by a library that Kafka clients use, at its default level.
func codecs(t *testing.T) map[string]func([]byte) []byte {
	t.Helper()
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { encoder.Close() })
	return map[string]func([]byte) []byte{
		"gzip": func(b []byte) []byte {
			var out bytes.Buffer
			w := gzip.NewWriter(&out)
			if _, err := w.Write(b); err != nil || w.Close() != nil {
				t.Fatal(err)
			}
			return out.Bytes()
		},
		"lz4": func(b []byte) []byte {
			var out bytes.Buffer
			w := lz4.NewWriter(&out)
			if _, err := w.Write(b); err != nil || w.Close() != nil {
				t.Fatal(err)
			}
			return out.Bytes()
		},
		"snappy": func(b []byte) []byte { return s2.EncodeSnappy(nil, b) },
		"zstd":   func(b []byte) []byte { return encoder.EncodeAll(b, nil) },
	}
}

// batch returns a quarter of a mebibyte of values one after the other.
func batch(c Content) (values []byte) {
	m, stamper := NewMessages(c), NewStamper()
	for n := uint64(0); len(values) < 1<<18; n++ {
		v := m.NewValue(n)
		if c.Stamped {
			at := time.Duration(n) * 20 * time.Microsecond
			stamper.Put(&Stamp{Run: Mix(7), Seq: n, Due: at, Sent: at + time.Duration(Mix(n)%1000), Flags: FlagBody}, v)
		}
		values = append(values, v...)
	}
	return values
}

// TestCompressTo holds what each codec leaves of a batch to what was asked for: within 3 % of the values' size from 2 KB on. The stamp
// of a small record weighs more, and codecs differ in what they make of it.
func TestCompressTo(t *testing.T) {
	t.Parallel()
	all, few := []float64{0.1, 0.5, 0.8, 1}, []float64{0.1, 0.5, 0.8} // the half of the smallest that is stamp can't be left whole
	for _, tt := range []struct {
		why     string
		sizes   Sizes
		stamped bool
		parts   []float64
		within  float64
	}{
		{"200B", FixedSize(200), true, few, 0.08},
		{"200B without a stamp", FixedSize(200), false, all, 0.045},
		{"1KB", FixedSize(1000), true, all, 0.035},
		{"2KB", FixedSize(2000), true, all, 0.03},
		{"10KB", FixedSize(10_000), true, all, 0.03},
		{"sizes that are drawn", LognormalSizes(2000, 64_000, 48, 1e6), true, all, 0.03},
	} {
		for _, part := range tt.parts {
			values, left := batch(Content{Sizes: tt.sizes, Payload: Random, CompressTo: part, Seed: 1, Stamped: tt.stamped}), map[string]float64{}
			for name, codec := range codecs(t) {
				left[name] = float64(len(codec(values))) / float64(len(values))
				if math.Abs(left[name]-part) > tt.within {
					t.Errorf("%s: %s leaves %.3f, asked for was %v within %v", tt.why, name, left[name], part, tt.within)
				}
			}
			t.Logf("%s: of %v gzip leaves %.3f, lz4 %.3f, snappy %.3f, zstd %.3f", tt.why, part, left["gzip"], left["lz4"], left["snappy"], left["zstd"])
			if left["snappy"] < left["lz4"]-0.01 || left["lz4"] < left["zstd"]-0.01 {
				t.Errorf("%s: of %v the codecs leave %v; want snappy to leave most and zstd least", tt.why, part, left)
			}
		}
	}
}

// TestTextCompresses: words and objects compress about as what people and programs write does, better with codecs that code by entropy.
func TestTextCompresses(t *testing.T) {
	t.Parallel()
	type limits map[string][2]float64
	for _, tt := range []struct {
		why string
		p   Payload
		by  limits
	}{
		{"words", Text, limits{"gzip": {0.3, 0.45}, "zstd": {0.28, 0.45}, "lz4": {0.45, 0.75}, "snappy": {0.45, 0.75}}},
		{"objects", JSON, limits{"gzip": {0.2, 0.45}, "zstd": {0.2, 0.45}, "lz4": {0.3, 0.65}, "snappy": {0.3, 0.65}}},
	} {
		values := batch(Content{Sizes: FixedSize(500), Payload: tt.p, Seed: 1})
		for name, codec := range codecs(t) {
			left, by := float64(len(codec(values)))/float64(len(values)), tt.by[name]
			t.Logf("of %s %s leaves %.3f", tt.why, name, left)
			if left < by[0] || left > by[1] {
				t.Errorf("of %s %s leaves %.3f, want %v to %v", tt.why, name, left, by[0], by[1])
			}
		}
	}
}
