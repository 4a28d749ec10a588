package load

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"time"
)

// StampSize is how many bytes at the start of a value the stamp takes.
const StampSize = 48

const (
	stampMagic   = 0x636e626b // "kbnc", little endian
	stampVersion = 1
)

// Flags of a stamp.
const (
	FlagProbe   = 1 << iota // sent to find out whether consumers are ready; not part of the load
	FlagBody                // the checksum covers the whole value, not the stamp alone
	FlagClosing             // with FlagProbe: nothing of the load stands behind it in its partition
)

// A Stamp is what each record carries at the start of its value, so that whoever reads it knows when it was due and
// sent, and by whom. It is in the value and not in headers, because headers cost C allocations for each record in
// confluent-kafka-go. Layout, little endian:
//
//	0 magic u32 · 4 version u8 · 5 flags u8 · 6 reserved u16 · 8 run u64 · 16 seq u64 · 24 due ns i64 · 32 sent ns i64
//	40 producer u32 · 44 crc32c u32 of bytes 0-43, and of the value from 48 on with FlagBody
type Stamp struct {
	Run       uint64 // tells one trial's records from any other's
	Producer  uint32
	Seq       uint64 // dense from 0 for each producer
	Due, Sent time.Duration
	Flags     uint8
}

// Errors of ReadStamp.
var (
	ErrNoStamp  = errors.New("not a record of kbench's")
	ErrChecksum = errors.New("checksum of the stamp does not agree")
)

// A Stamper writes stamps. It is for one goroutine at a time.
type Stamper struct {
	table *crc32.Table
	made  [StampSize]byte
}

// NewStamper returns one.
func NewStamper() *Stamper { return &Stamper{table: StampTable()} }

// Put writes a stamp over the first StampSize bytes of value, which must be at least that long. With FlagBody it reads the
// rest of value, which must be final.
//
// The stamp is made aside, in words of the size that the checksum reads, and copied in one go: read back from the value,
// each word would have to wait until the value is in the processor's cache, where it mostly is not.
func (w *Stamper) Put(s *Stamp, value []byte) {
	b := &w.made
	binary.LittleEndian.PutUint64(b[0:], stampMagic|stampVersion<<32|uint64(s.Flags)<<40)
	binary.LittleEndian.PutUint64(b[8:], s.Run)
	binary.LittleEndian.PutUint64(b[16:], s.Seq)
	binary.LittleEndian.PutUint64(b[24:], uint64(s.Due))
	binary.LittleEndian.PutUint64(b[32:], uint64(s.Sent))
	binary.LittleEndian.PutUint32(b[40:], s.Producer)
	binary.LittleEndian.PutUint32(b[44:], checksum(b[:], value, s.Flags, w.table))
	copy(value[:StampSize], b[:])
}

// ReadStamp reads the stamp of value. ErrNoStamp means that the value is too short or another's; ErrChecksum that it
// was ours and is damaged.
func ReadStamp(value []byte, table *crc32.Table) (Stamp, error) {
	if len(value) < StampSize || binary.LittleEndian.Uint32(value) != stampMagic || value[4] != stampVersion {
		return Stamp{}, ErrNoStamp
	}
	s := Stamp{
		Flags:    value[5],
		Run:      binary.LittleEndian.Uint64(value[8:]),
		Seq:      binary.LittleEndian.Uint64(value[16:]),
		Due:      time.Duration(binary.LittleEndian.Uint64(value[24:])),
		Sent:     time.Duration(binary.LittleEndian.Uint64(value[32:])),
		Producer: binary.LittleEndian.Uint32(value[40:]),
	}
	if binary.LittleEndian.Uint32(value[44:]) != checksum(value, value, s.Flags, table) {
		return s, ErrChecksum
	}
	return s, nil
}

// SeqOf returns the Seq of a value that has a stamp. It does not look at the checksum: it is for values that come back from
// a client, not from a broker.
func SeqOf(value []byte) (seq uint64, ok bool) {
	if len(value) < StampSize || binary.LittleEndian.Uint32(value) != stampMagic {
		return 0, false
	}
	return binary.LittleEndian.Uint64(value[16:]), true
}

// StampTable returns the table of CRC-32C (Castagnoli), the polynomial that processors have an instruction for.
func StampTable() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// checksum covers the stamp, and the rest of the value with FlagBody.
func checksum(stamp, value []byte, flags uint8, table *crc32.Table) uint32 {
	sum := crc32.Update(0, table, stamp[:44])
	if flags&FlagBody != 0 {
		sum = crc32.Update(sum, table, value[StampSize:])
	}
	return sum
}
