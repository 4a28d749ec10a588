package audit

// chunkSize is how many records share a chunk: 8 KiB for each plane of bits, small enough that a few that stay
// incomplete cost little, and large enough that 10^9 records need only 15 k chunks.
const chunkSize = 1 << 16

// A plane is one bit for each record of a chunk.
type plane [chunkSize / 64]uint64

func (p *plane) has(i int) bool { return p[i/64%len(p)]&(1<<(i%64)) != 0 }

// set reports whether the bit was clear before.
func (p *plane) set(i int) bool {
	w, bit := &p[i/64%len(p)], uint64(1)<<(i%64)
	if *w&bit != 0 {
		return false
	}
	*w |= bit
	return true
}

// A chunk is what is known of chunkSize records in a row.
type chunk struct {
	acked  plane
	left   int   // bits still clear, in acked and in all groups' planes
	unread int   // pairs of a record that was acked and a group that has not read it
	places trail // where such records stand; may hold some that have been read since
	groups []chunkOfGroup
}

// A chunkOfGroup is what one group has read of a chunk.
type chunkOfGroup struct {
	read   plane
	early  int   // read and not acked
	places trail // where they were read; may hold some that have been acked since
}

// clear makes a chunk as new; its memory stays.
func (c *chunk) clear() {
	c.acked, c.unread = plane{}, 0
	c.places.reset()
	for g := range c.groups {
		r := &c.groups[g]
		r.read, r.early = plane{}, 0
		r.places.reset()
	}
}
