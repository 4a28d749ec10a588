package load

import (
	"encoding/binary"
	"math/rand/v2"
)

// A Payload is what the bytes of values are. The zero value means unset: then they are zeros.
type Payload uint8

// The payloads.
const (
	Zeros Payload = iota + 1
	Random
	Text  // words: see newText
	JSON  // an object with fields, as long as the value is to be: see writeJSON
	Lines // those of Content.Lines, in turn
)

// Content says what records look like.
type Content struct {
	Sizes      Sizes // of values; not of lines, which are as long as they are
	Payload    Payload
	CompressTo float64  // Random: the part of a value that compression is to leave, 0 to 1; the rest is zeros
	Lines      [][]byte // Lines: one at least
	Keys       Keys
	Headers    int // of each record, at least 0
	Seed       uint64
	// Stamped says that the first StampSize bytes of values are left free for a stamp. They are part of Sizes, none of which may
	// be below StampSize, and come before lines.
	Stamped bool
}

// stampEntropy is about how many of the stamp's 48 bytes compression leaves: counters and instants change little from
// one record to the next, the checksum wholly. It is 13 with zstd and 28 with snappy.
const stampEntropy = 22

// zerosCost is what compression leaves of zeros: a 20th with snappy, which repeats 64 bytes at a time, and next to nothing with
// the other codecs; so something in between.
const zerosCost = 0.026

// slabSize is far above any batch, so that no codec's window sees the same random bytes twice, and more than the processor's
// cache mostly holds: what a program has to send does not lie there either.
const slabSize = 16 << 20

// sizeDraws is how many sizes are drawn before they come again, in the same order.
const sizeDraws = 1 << 20

// Messages makes the bytes of records: value, key and headers of record n are pure functions of n and the content, so that any
// worker makes the same ones. It is read only once made, and safe for concurrent use.
//
// What costs time is drawn once: sizes, and a slab of bytes that values are cut from, one after the other.
type Messages struct {
	c      Content
	most   int     // bytes of the longest value
	random float64 // part of a value that is random
	places []place // by n modulo their number; nil: every value has most bytes
	period uint64  // after how many records values come again
	slab   []byte  // what values are cut from; empty where they need none
	heads  [][]byte
	keys   picker
}

// A place is where a value is cut from the slab, and how long it is. A size that was cut has the highest bit of size too.
type place struct{ at, size uint32 }

const cutBit = 1 << 31

// NewMessages makes the content ready. It takes 16 MiB where values have bytes that are not zeros, or twice the longest value, and
// 8 MiB where sizes vary.
func NewMessages(c Content) *Messages {
	m := &Messages{c: c, most: c.Sizes.most, keys: newPicker(c.Keys, c.Seed)}
	m.random = max(0, (c.CompressTo-zerosCost)/(1-zerosCost))
	if c.Payload == Lines {
		m.placeLines()
		return m
	}
	m.period = uint64(max(slabSize/max(m.most, 1), 2))
	slab := max(slabSize, 2*m.most)
	switch c.Payload {
	case Random:
		var seed [32]byte
		binary.LittleEndian.PutUint64(seed[:], c.Seed)
		m.slab = make([]byte, slab)
		_, _ = rand.NewChaCha8(seed).Read(m.slab) // documented to never fail
	case Text:
		m.slab = newText(slab, c.Seed)
	case JSON:
		m.slab, m.heads = newText(slab, c.Seed), newHeads(c.Seed)
	}
	if c.Sizes.draw != nil {
		m.placeSizes(slab)
	}
	return m
}

// placeSizes draws the sizes, and lays values along the slab, of so many bytes, and from its beginning again.
func (m *Messages) placeSizes(slab int) {
	m.places, m.period = make([]place, sizeDraws), sizeDraws
	random := rand.New(rand.NewPCG(m.c.Seed, 'z'))
	at := 0
	for i := range m.places {
		size, cut := m.c.Sizes.draw(random)
		if at+size > slab {
			at = 0
		}
		m.places[i] = place{uint32(at), uint32(size)}
		if cut {
			m.places[i].size |= cutBit
		}
		at += size
	}
}

func (m *Messages) placeLines() {
	before := 0
	if m.c.Stamped {
		before = StampSize
	}
	m.places, m.period, m.most = make([]place, len(m.c.Lines)), uint64(len(m.c.Lines)), 0
	for i, line := range m.c.Lines {
		size := before + len(line)
		m.places[i].size = uint32(size)
		m.most = max(m.most, size)
	}
}

// place returns the index of record n among those whose values differ, where its bytes begin, and how many there are.
func (m *Messages) place(n uint64) (index, at, size int, cut bool) {
	index = int(n % m.period)
	if m.places == nil {
		return index, index * m.most, m.most, false
	}
	p := m.places[index]
	return index, int(p.at), int(p.size &^ cutBit), p.size&cutBit != 0
}

// Fixed reports whether all values are equally long.
func (m *Messages) Fixed() bool { return m.places == nil }

// Most returns the length of the longest value there can be, in bytes.
func (m *Messages) Most() int { return m.most }

// Size returns the length of record n's value in bytes; cut says that the law's own draw lay outside of its bounds.
func (m *Messages) Size(n uint64) (size int, cut bool) {
	_, _, size, cut = m.place(n)
	return size, cut
}

// Fill makes record n's value in b, whose length is Size(n), whatever b held. The place of a stamp is left as it is.
func (m *Messages) Fill(n uint64, b []byte) {
	index, at, size, _ := m.place(n)
	if m.c.Stamped {
		b = b[StampSize:]
	}
	switch m.c.Payload {
	case Random:
		k := copy(b, m.slab[at:at+m.randomOf(size)])
		clear(b[k:])
	case Text:
		copy(b, m.slab[at:])
	case JSON:
		writeJSON(b, m.heads[index%len(m.heads)], m.slab[at:])
	case Lines:
		copy(b, m.c.Lines[index])
	default:
		clear(b)
	}
}

// randomOf returns how many bytes of a value are random.
func (m *Messages) randomOf(size int) int {
	random := int(m.random*float64(size) + 0.5)
	if m.c.Stamped {
		return max(min(random-stampEntropy, size-StampSize), 0)
	}
	return random
}

// NewValue returns record n's value, with zeros where the stamp will be.
func (m *Messages) NewValue(n uint64) []byte {
	size, _ := m.Size(n)
	value := make([]byte, size)
	m.Fill(n, value)
	return value
}

// NewRing returns the values of as many records as have different ones, two or more, to be sent in turn without a copy: where
// they are Fixed and have no stamp. They lie one after the other, so that the processor fetches the next one in time. It takes
// 16 MiB, or two values; records without a value share one.
func (m *Messages) NewRing() [][]byte {
	if m.most == 0 {
		return [][]byte{{}}
	}
	ring := make([][]byte, m.period)
	all := make([]byte, len(ring)*m.most)
	for i := range ring {
		ring[i] = all[i*m.most : (i+1)*m.most : (i+1)*m.most]
		m.Fill(uint64(i), ring[i])
	}
	return ring
}

// Mix spreads an integer over 64 bits: the finaliser of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom
// Number Generators, 2014), a bijection.
func Mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
