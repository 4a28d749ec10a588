package load

import (
	"encoding/binary"
	"math/rand/v2"
)

// KeySize is the length of a key: 16 hexadecimal digits.
const KeySize = 16

// Content says what records look like.
type Content struct {
	Size       int     // bytes of the value, at least 0
	Random     bool    // random bytes, or zeros
	CompressTo float64 // for random: the part of the value that is random, 0 to 1; the rest is zeros
	Keys       uint64  // distinct keys; 0 is no key
	InTurn     bool    // keys 0, 1, 2, ... in turn, or drawn uniformly
	Seed       uint64
	Stamped    bool // the first StampSize bytes are left free for a stamp; Size must be that at least
}

// stampEntropy is about how many of the stamp's 48 bytes compression leaves: counters and instants change little from
// one record to the next, the checksum wholly.
const stampEntropy = 20

// slabSize is far above any batch, so that no codec's window sees the same random bytes twice.
const slabSize = 16 << 20

// Messages makes the bytes of records. It is read only once made, and safe for concurrent use.
//
// A value gets its random bytes once, and is then sent many times: random bytes need not be made, nor copied, for each
// record. With stamps each record that is out has a value of its own; without, a ring of values does for all.
type Messages struct {
	c      Content
	from   int    // where a value's random bytes begin
	random int    // how many there are
	slab   []byte // where they come from
}

// NewMessages makes the content ready. It takes 16 MiB where values have random bytes.
func NewMessages(c Content) *Messages {
	m := &Messages{c: c}
	random := int(c.CompressTo*float64(c.Size) + 0.5)
	if c.Stamped {
		m.from, random = StampSize, max(random-stampEntropy, 0)
	}
	if c.Random {
		m.random = min(random, c.Size-m.from)
	}
	if m.random > 0 {
		m.slab = make([]byte, max(slabSize, 2*m.random))
		var seed [32]byte
		binary.LittleEndian.PutUint64(seed[:], c.Seed)
		_, _ = rand.NewChaCha8(seed).Read(m.slab) // documented to never fail
	}
	return m
}

// NewValue returns value i: a pure function of i and the content, with zeros where the stamp will be. Values near each
// other share no random byte.
func (m *Messages) NewValue(i uint64) []byte {
	value := make([]byte, m.c.Size)
	m.fill(value, i)
	return value
}

// ringSize is far above any batch, as slabSize is, and more than the processor's cache mostly holds: what a program has to
// send does not lie there either.
const ringSize = 16 << 20

// NewRing returns values 0 to n-1, two or more, to be sent in turn. They lie one after the other, so that the processor
// fetches the next one in time. It takes 16 MiB, or two values; records without a value share one.
func (m *Messages) NewRing() [][]byte {
	ring := make([][]byte, max(ringSize/max(m.c.Size, 1), 2))
	if m.c.Size == 0 {
		ring = ring[:1]
	}
	all := make([]byte, len(ring)*m.c.Size)
	for i := range ring {
		ring[i] = all[i*m.c.Size : (i+1)*m.c.Size : (i+1)*m.c.Size]
		m.fill(ring[i], uint64(i))
	}
	return ring
}

func (m *Messages) fill(value []byte, i uint64) {
	if m.random > 0 {
		at := (i * uint64(m.random)) % uint64(len(m.slab)-m.random+1)
		copy(value[m.from:], m.slab[at:at+uint64(m.random)])
	}
}

// NewKey returns a key to be filled again and again, nil where records have none.
func (m *Messages) NewKey() []byte {
	if m.c.Keys == 0 {
		return nil
	}
	return make([]byte, KeySize)
}

// Key writes the key of record n over a buffer from NewKey, and returns its index: a pure function of n and the content.
// Where there are no keys it does nothing and returns 0.
func (m *Messages) Key(n uint64, key []byte) uint64 {
	if m.c.Keys == 0 {
		return 0
	}
	k := n % m.c.Keys
	if !m.c.InTurn {
		k = Mix(m.c.Seed^n) % m.c.Keys
	}
	putHex(key, k)
	return k
}

// Mix spreads an integer over 64 bits: the finaliser of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom
// Number Generators, 2014), a bijection.
func Mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func putHex(b []byte, v uint64) {
	const digits = "0123456789abcdef"
	for i := KeySize - 1; i >= 0; i-- {
		b[i] = digits[v&15]
		v >>= 4
	}
}
