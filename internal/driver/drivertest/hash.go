package drivertest

import (
	"encoding/binary"
	"hash/crc32"
	"hash/fnv"

	"kbench/internal/driver"
)

// partitionOf returns where a record with a key belongs, as the reference implementation of the partitioner has it.
func partitionOf(p driver.Partitioner, key []byte, partitions int32) int32 {
	switch p {
	case driver.PartitionerCRC32: // librdkafka's consistent: zlib's CRC-32
		return int32(crc32.ChecksumIEEE(key) % uint32(partitions))
	case driver.PartitionerFNV1a:
		return int32(fnv1a(key) % uint32(partitions))
	default: // Kafka's Java client: the hash without its sign bit
		return int32(murmur2(key)&0x7fffffff) % partitions
	}
}

// fnv1a is the 32-bit FNV-1a hash without its sign: librdkafka took the absolute value over from Sarama.
func fnv1a(key []byte) uint32 {
	h := fnv.New32a()
	h.Write(key)
	if sum := int32(h.Sum32()); sum < 0 {
		return uint32(-sum)
	}
	return h.Sum32()
}

// murmur2 is the hash of org.apache.kafka.common.utils.Utils: 32-bit MurmurHash2 with a seed of Kafka's own.
func murmur2(key []byte) uint32 {
	const m, r = 0x5bd1e995, 24
	h := uint32(0x9747b28c) ^ uint32(len(key))
	for ; len(key) >= 4; key = key[4:] {
		k := binary.LittleEndian.Uint32(key) * m
		k ^= k >> r
		h = h*m ^ k*m
	}
	switch len(key) {
	case 3:
		h ^= uint32(key[2]) << 16
		fallthrough
	case 2:
		h ^= uint32(key[1]) << 8
		fallthrough
	case 1:
		h = (h ^ uint32(key[0])) * m
	}
	h = (h ^ h>>13) * m
	return h ^ h>>15
}
