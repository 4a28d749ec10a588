package unit

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	t.Parallel()
	size := func(s string) (any, error) { v, err := ParseSize(s); return int64(v), err }
	count := func(s string) (any, error) { v, err := ParseCount(s); return int64(v), err }
	rate := func(s string) (any, error) { v, err := ParseRate(s); return int64(v), err }
	duration := func(s string) (any, error) { v, err := ParseDuration(s); return int64(v), err }
	for _, tt := range []struct {
		parse func(string) (any, error)
		in    string
		want  int64
		err   string // part of the message; "" means that it parses
	}{
		{size, "200B", 200, ""},
		{size, "1KiB", 1024, ""},
		{size, "16MB", 16e6, ""},
		{size, "1.5KB", 1500, ""},
		{size, " 2 GiB ", 2 << 30, ""},                             // spaces are harmless
		{size, "1048576", 1 << 20, ""},                             // Kafka's own settings are bare bytes
		{size, "0", 0, ""},                                         // zero is a size
		{size, "1.0001KB", 0, "finer"},                             // not a whole byte
		{size, "5parsecs", 0, "known unit"},                        // fmt.Sscanf would take it
		{size, "1e3B", 0, "known unit"},                            // big.Rat would take it
		{size, "-1B", 0, "known unit"},                             // never negative
		{size, "", 0, "known unit"},                                // empty
		{size, ".", 0, "known unit"},                               // a point is no number
		{size, "9223372036854775807", 0, "too large"},              // stays free for max
		{size, "9999999999999999999GB", 0, "too large"},            // overflow
		{size, strings.Repeat("9", 100000) + "B", 0, "known unit"}, // bounded work
		{count, "1M", 1e6, ""},
		{count, "500k", 500e3, ""},
		{count, "2.5G", 2.5e9, ""},
		{count, "0.5", 0, "finer"},
		{rate, "50k/s", 50e6, ""},
		{rate, "90/m", 1500, ""},
		{rate, "1/h", 0, "finer than 0.001/s"}, // 1/3600 of a record has no exact thousandths
		{rate, "36/h", 10, ""},
		{rate, "max", math.MaxInt64, ""},
		{rate, "50k", 0, "needs /s"},
		{rate, "50k/d", 0, "needs /s"},
		{rate, "0/s", 0, ""}, // range is the scenario's business
		{duration, "5ms", 5e6, ""},
		{duration, "1m30s", 90e9, ""},
		{duration, "0", 0, ""},
		{duration, "5", 0, "needs a number and"},
		{duration, "-5s", 0, "negative"},
	} {
		got, err := tt.parse(tt.in)
		name := tt.in[:min(len(tt.in), 30)]
		switch {
		case tt.err == "" && err != nil:
			t.Errorf("parse %q: %v", name, err)
		case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
			t.Errorf("parse %q: got error %v, want one with %q", name, err, tt.err)
		case tt.err == "" && got != tt.want:
			t.Errorf("parse %q: got %v, want %d", name, got, tt.want)
		}
	}
}

func TestRoundTripJSON(t *testing.T) {
	t.Parallel()
	type all struct {
		S Size
		C Count
		R Rate
		D Duration
	}
	for _, want := range []all{
		{},
		{S: 1024, C: 1500, R: 1500, D: 5e6},
		{S: 16e6, C: 1e9, R: MaxRate, D: 90e9},
		{S: math.MaxInt64 - 1, C: math.MaxInt64 - 1, R: 12345, D: math.MaxInt64},
	} {
		b, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got all
		if err := json.Unmarshal(b, &got); err != nil || got != want {
			t.Errorf("%s read back as %+v (%v), want %+v", b, got, err, want)
		}
	}
}

func TestHuman(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ got, want string }{
		{Human(0), "0"},
		{Human(7), "7"},
		{Human(7.25), "7.25"},
		{Human(999.4), "999"},
		{Human(999.5), "1.00 k"}, // rounds up into the next prefix
		{Human(49999), "50.0 k"},
		{Human(1.23e6), "1.23 M"},
		{Human(2e6), "2.00 M"}, // not "2 M" beside "2.01 M"
		{Human(math.NaN()), "-"},
		{HumanBytes(200), "200 B"},
		{HumanBytes(12.34e6), "12.3 MB"},
		{HumanBytes(2048), "2.05 KB"},
		{HumanDuration(0), "0 ns"},
		{HumanDuration(850), "850 ns"},
		{HumanDuration(1327103), "1.33 ms"},
		{HumanDuration(905 * time.Millisecond), "905 ms"},
		{HumanDuration(999600 * time.Microsecond), "1.00 s"}, // not 1000 ms
		{HumanDuration(12 * time.Second), "12.0 s"},
		{HumanDuration(-2 * time.Millisecond), "-2.00 ms"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"200B", "1KiB", "50k/s", "max", "5ms", "1.5M", "", "-1", "1e9", "99999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if v, err := ParseSize(s); err == nil {
			if back, err := ParseSize(v.String()); err != nil || back != v || v < 0 {
				t.Errorf("size %q is %d, prints as %s, reads back as %d (%v)", s, v, v, back, err)
			}
		}
		if v, err := ParseCount(s); err == nil {
			if back, err := ParseCount(v.String()); err != nil || back != v || v < 0 {
				t.Errorf("count %q is %d, prints as %s, reads back as %d (%v)", s, v, v, back, err)
			}
		}
		if v, err := ParseRate(s); err == nil {
			if back, err := ParseRate(v.String()); err != nil || back != v || v < 0 {
				t.Errorf("rate %q is %d, prints as %s, reads back as %d (%v)", s, v, v, back, err)
			}
		}
		if v, err := ParseDuration(s); err == nil {
			if back, err := ParseDuration(v.String()); err != nil || back != v || v < 0 {
				t.Errorf("duration %q is %d, prints as %s, reads back as %d (%v)", s, v, v, back, err)
			}
		}
	})
}
