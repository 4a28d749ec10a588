package load

import (
	"math"
	"math/bits"
)

// KeySize is the length of a key: 16 hexadecimal digits.
const KeySize = 16

// A Pick is how a record's key is chosen. The zero value means unset: then it is PickUniform.
type Pick uint8

// The picks.
const (
	PickUniform Pick = iota + 1
	PickInTurn       // keys 0, 1, 2, ... and 0 again
	PickZipf         // key k as often as (k+1)^-Exponent says
	PickHot          // the first HotKeys of the keys get HotRecords of the records, each as many as any other of its part
)

// Keys says which keys records have.
type Keys struct {
	Count    uint64 // distinct keys, up to 10^9; 0 is no key
	Pick     Pick
	Exponent float64 // PickZipf: above 0, up to 10

	// PickHot: parts of the keys and of the records, above 0 and up to 1. Of the keys it is one at least.
	HotKeys, HotRecords float64
}

// A picker chooses keys: pure functions of the record's index.
type picker struct {
	Keys
	seed  uint64
	zipf  zipf
	hot   uint64 // keys that are
	below uint64 // of the numbers of 64 bits: those for which a hot key is chosen
}

func newPicker(k Keys, seed uint64) picker {
	p := picker{Keys: k, seed: seed}
	switch {
	case k.Count == 0:
	case k.Pick == PickZipf:
		p.zipf = newZipf(k.Count, k.Exponent)
	case k.Pick == PickHot:
		p.hot = min(max(uint64(math.Round(k.HotKeys*float64(k.Count))), 1), k.Count)
		p.below = portion(k.HotRecords)
	}
	return p
}

// at returns the index of record n's key; there must be keys.
func (p *picker) at(n uint64) uint64 {
	if p.Pick == PickInTurn {
		return n % p.Count
	}
	x := Mix(p.seed ^ n)
	switch {
	case p.Pick == PickZipf:
		return p.zipf.rank(x)
	case p.Pick != PickHot || p.hot == p.Count:
		return scale(x, p.Count)
	case x < p.below:
		return scale(Mix(x), p.hot)
	}
	return p.hot + scale(Mix(x), p.Count-p.hot)
}

// scale maps the numbers of 64 bits onto those below n, each as often as any other.
func scale(x, n uint64) uint64 {
	hi, _ := bits.Mul64(x, n)
	return hi
}

// NewKey returns a key to be filled again and again, nil where records have none.
func (m *Messages) NewKey() []byte {
	if m.c.Keys.Count == 0 {
		return nil
	}
	return make([]byte, KeySize)
}

// Key writes the key of record n over a buffer from NewKey, and returns its index: a pure function of n and the content.
// Where there are no keys it does nothing and returns 0.
func (m *Messages) Key(n uint64, key []byte) uint64 {
	if m.c.Keys.Count == 0 {
		return 0
	}
	k := m.keys.at(n)
	putHex(key, k)
	return k
}

func putHex(b []byte, v uint64) {
	const digits = "0123456789abcdef"
	for i := KeySize - 1; i >= 0; i-- {
		b[i] = digits[v&15]
		v >>= 4
	}
}
