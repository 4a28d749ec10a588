package load

import (
	"fmt"
	"math/rand/v2"
)

// headCount is how many beginnings of objects there are.
const headCount = 1 << 14

// newHeads returns the beginnings of objects, up to the text that makes each as long as it is to be.
func newHeads(seed uint64) [][]byte {
	random := rand.New(rand.NewPCG(seed, 'j'))
	kinds := []string{"view", "view", "view", "view", "search", "search", "cart", "order", "refund"}
	users := newZipf(1e6, 1)
	heads := make([][]byte, headCount)
	at := int64(1_767_225_600_000) // 2026, in ms
	for i := range heads {
		at += random.Int64N(20)
		heads[i] = fmt.Appendf(nil, `{"id":%d,"at":%d,"user":"u%07d","type":%q,"amount":%d.%02d,"ok":%t,"note":"`,
			1_000_000+i, at, users.rank(random.Uint64()), kinds[random.IntN(len(kinds))], random.IntN(500), random.IntN(100), random.IntN(50) > 0)
	}
	return heads
}

// writeJSON makes b one JSON value: head with as much of text as there is room for. What is too short for a head is a string of
// text alone, and a single byte a digit.
func writeJSON(b, head, text []byte) {
	const end = `"}`
	switch {
	case len(b) >= len(head)+len(end):
		k := copy(b, head)
		copy(b[k:len(b)-len(end)], text)
		copy(b[len(b)-len(end):], end)
	case len(b) >= 2:
		b[0], b[len(b)-1] = '"', '"'
		copy(b[1:len(b)-1], text)
	case len(b) == 1:
		b[0] = '0'
	}
}
