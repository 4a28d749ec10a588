package franz

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"kbench/internal/driver"
)

// A codec is one level of compression: as the scenario has it, and as the library does. Level 0 is the codec's default.
type codec struct {
	name  driver.Compression
	level int
	own   kgo.CompressionCodec
}

// codecs lists all that the library tells apart. Its lz4 counts levels by window size. Its zstd knows four efforts, which
// are about zstd's levels 1, 3, 7 and 11.
func codecs() []codec {
	all := []codec{
		{"none", 0, kgo.NoCompression()},
		{"gzip", 0, kgo.GzipCompression()},
		{"snappy", 0, kgo.SnappyCompression()},
		{"lz4", 0, kgo.Lz4Compression()},
		{"zstd", 0, kgo.ZstdCompression()},
	}
	for level := 1; level <= 9; level++ {
		all = append(all,
			codec{"gzip", level, kgo.GzipCompression().WithLevel(level)},
			codec{"lz4", level, kgo.Lz4Compression().WithLevel(1 << (8 + level))})
	}
	for i, level := range []int{1, 3, 7, 11} {
		all = append(all, codec{"zstd", level, kgo.ZstdCompression().WithLevel(i + 1)})
	}
	return all
}

// codecFor refuses levels that the library would quietly change or ignore.
func codecFor(cfg driver.ProducerConfig) (kgo.CompressionCodec, error) {
	var levels []string
	for _, c := range codecs() {
		switch {
		case c.name != cfg.Compression:
		case c.level == cfg.CompressionLevel:
			return c.own, nil
		default:
			levels = append(levels, strconv.Itoa(c.level))
		}
	}
	if levels == nil {
		return kgo.CompressionCodec{}, driver.Unsupported(name, "producer.compression", string(cfg.Compression), "use none, gzip, snappy, lz4 or zstd")
	}
	return kgo.CompressionCodec{}, driver.Unsupported(name, "producer.compression_level", strconv.Itoa(cfg.CompressionLevel),
		fmt.Sprintf("for %s use %s", cfg.Compression, strings.Join(levels, ", ")))
}

// codecOf is the way back.
func codecOf(own kgo.CompressionCodec) codec {
	all := codecs()
	if i := slices.IndexFunc(all, func(c codec) bool { return c.own == own }); i >= 0 {
		return all[i]
	}
	return codec{name: "unknown"}
}
