package audit

import "encoding/binary"

// A trail is a list of records of one chunk with their places, in the order in which they came. Mostly the next one is
// the next offset of the same partition and not far off in the chunk, since clients tell of a batch at a time: then it
// takes one byte, how far off it is. Any other is a zero byte and the three differences as varints, some 5 bytes.
type trail struct {
	bytes []byte
	index int
	last  place // of index, the newest entry
}

// add puts a record at the end.
func (t *trail) add(index int, at place) {
	step := index - t.index
	if step > 0 && step < 256 && at.partition == t.last.partition && at.offset == t.last.offset+1 {
		t.bytes = append(t.bytes, byte(step))
	} else {
		t.bytes = append(t.bytes, 0)
		t.bytes = binary.AppendVarint(t.bytes, int64(step))
		t.bytes = binary.AppendVarint(t.bytes, int64(at.partition)-int64(t.last.partition))
		t.bytes = binary.AppendVarint(t.bytes, at.offset-t.last.offset)
	}
	t.index, t.last = index, at
}

// each calls fn for every entry, in order.
func (t *trail) each(fn func(index int, at place)) {
	index, at, b := 0, place{}, t.bytes
	difference := func() int64 {
		d, n := binary.Varint(b)
		b = b[n:]
		return d
	}
	for len(b) > 0 {
		step := int(b[0])
		b = b[1:]
		if step > 0 {
			index += step
			at.offset++
		} else {
			index += int(difference())
			at.partition += int32(difference())
			at.offset += difference()
		}
		fn(index, at)
	}
}

// reset empties the trail and keeps its memory.
func (t *trail) reset() { *t = trail{bytes: t.bytes[:0]} }

// hash mixes a record's seq and place into 64 bits. The sum over many records is a fingerprint of the set, whatever
// their order. The odd factors keep pairs that differ by small steps, as ours do, from meeting before the mixing, whose
// shifts and factors are MurmurHash3's.
func hash(seq uint64, at place) uint64 {
	h := seq*0x9e3779b97f4a7c15 + uint64(at.offset)*0xd6e8feb86659fd93 + uint64(at.partition)*0xa0761d6478bd642f
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
