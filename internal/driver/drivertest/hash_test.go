package drivertest

import (
	"hash/crc32"
	"testing"
)

func TestHashes(t *testing.T) {
	t.Parallel()
	signed := func(n int32) uint32 { return uint32(n) }
	rows := []struct {
		key  string
		hash func([]byte) uint32
		want uint32
		why  string
	}{
		{"21", murmur2, signed(-973932308), "Kafka's own test vectors, in UtilsTest.java"},
		{"foobar", murmur2, signed(-790332482), "two bytes in the tail"},
		{"a-little-bit-long-string", murmur2, signed(-985981536), "no tail"},
		{"a-little-bit-longer-string", murmur2, signed(-1486304829), "a longer one"},
		{"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", murmur2, signed(-58897971), "many rounds"},
		{"abc", murmur2, 479470107, "three bytes in the tail, no round"},
		{"kafka", murmur2, 0xd067cf64, "librdkafka's own test vectors, in rdmurmur2.c"},
		{"giberish123456789", murmur2, 0x8f552b0c, "one byte in the tail"},
		{"", murmur2, 0x106e08d9, "an empty key has a hash"},
		{"kafka", fnv1a, 0xd33c4e1, "librdkafka's own test vectors, in rdfnv1a.c"},
		{"giberish123456789", fnv1a, 0x77a58295, "a hash with the sign bit: its absolute value"},
		{"", fnv1a, 0x7ee3623b, "the offset basis has the sign bit"},
		{"123456789", crc32.ChecksumIEEE, 0xcbf43926, "the check value of CRC-32"},
	}
	for _, r := range rows {
		if got := r.hash([]byte(r.key)); got != r.want {
			t.Errorf("%q: got %#x, want %#x (%s)", r.key, got, r.want, r.why)
		}
	}
}
