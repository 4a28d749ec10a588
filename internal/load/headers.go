package load

import (
	"fmt"
	"math/rand/v2"
)

// A Header is one of a record's headers.
type Header struct {
	Key   string
	Value []byte
}

// Lengths of a header's value in bytes: those of an identifier, a trace or a content type. And how many headers are made, that
// records have in turn.
const (
	leastHeader = 8
	mostHeader  = 32
	headersMade = 1 << 14
)

// NewHeaders returns sets of headers: record n has the one of index n modulo their number. They are nil where records have none.
// Keys are the same in each, header-1 and so on; values are 8 to 32 hexadecimal digits. All are for reading only.
func (m *Messages) NewHeaders() [][]Header {
	if m.c.Headers == 0 {
		return nil
	}
	random := rand.New(rand.NewPCG(m.c.Seed, 'h'))
	keys := make([]string, m.c.Headers)
	for i := range keys {
		keys[i] = fmt.Sprintf("header-%d", i+1)
	}
	sets := make([][]Header, max(headersMade/m.c.Headers, 2))
	for i := range sets {
		sets[i] = make([]Header, m.c.Headers)
		for j := range sets[i] {
			value := make([]byte, 2*KeySize) // mostHeader
			putHex(value, random.Uint64())
			putHex(value[KeySize:], random.Uint64())
			sets[i][j] = Header{keys[j], value[:leastHeader+random.IntN(mostHeader-leastHeader+1)]}
		}
	}
	return sets
}
