package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"kbench/internal/unit"
)

// files stands for a folder with a few files in it.
func files(texts map[string]string) func(string, int) ([]byte, error) {
	return func(path string, most int) ([]byte, error) {
		text, is := texts[path]
		switch {
		case !is:
			return nil, fmt.Errorf("%s: no such file or directory", path)
		case len(text) > most:
			return nil, fmt.Errorf("%s has %d bytes; it may have %d", path, len(text), most)
		}
		return []byte(text), nil
	}
}

func TestPayloadFiles(t *testing.T) {
	t.Parallel()
	o := Options{ReadFile: files(map[string]string{
		"lines.txt": "one\r\ntwo\n\nfour", "empty.txt": "", "end.txt": "\n", "many.txt": strings.Repeat("\n", maxPayloadLines+1),
		"most.txt": strings.Repeat("\n", maxPayloadLines), "large.txt": strings.Repeat("x", maxPayloadBytes+1),
	})}
	for _, tt := range []struct {
		why, file, wrong string
		lines            []string
		n                int
	}{
		{"ends of lines are no part of them, and an empty line is one", "lines.txt", "", []string{"one", "two", "", "four"}, 4},
		{"one empty line", "end.txt", "", []string{""}, 1},
		{"as many as may be", "most.txt", "", nil, maxPayloadLines},
		{"nothing", "empty.txt", "empty.txt is empty; each of its lines is a value", nil, 0},
		{"too many", "many.txt", "many.txt has 1000001 lines; kbench takes 1000000, so cut it", nil, 0},
		{"too large", "large.txt", "large.txt has 67108865 bytes; it may have 67108864", nil, 0},
		{"not there", "./none", "./none: no such file or directory", nil, 0},
	} {
		p, err := Parse("f.yaml", []byte("producer: {}\nmessage: {payload: "+tt.file+"}\nmatrix: {producer.acks: ['1', all]}"), o)
		if tt.wrong != "" {
			if want := "f.yaml:2:20: message.payload: " + tt.wrong; err == nil || err.Error() != want {
				t.Errorf("%s: got %v, want %s", tt.why, err, want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.why, err)
			continue
		}
		for _, c := range p.Cases {
			if m := c.Scenario.Message; len(m.Lines) != tt.n || !m.HasStamp() {
				t.Errorf("%s: case %s has %d lines, want %d and room for the stamp before each", tt.why, c.Name, len(m.Lines), tt.n)
			}
		}
		var want [][]byte
		for _, line := range tt.lines {
			want = append(want, []byte(line))
		}
		if got := p.Cases[0].Scenario.Message.Lines; want != nil && !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %q, want %q", tt.why, got, want)
		}
	}
	if _, err := Parse("f.yaml", []byte("producer: {}\nmessage: {payload: a.txt}"), Options{}); firstLine(err) != "f.yaml:2:20: message.payload: a.txt can't be read from here" {
		t.Errorf("without files: got %v", err)
	}
}

// FuzzLines: lines and their ends together are the text again.
func FuzzLines(f *testing.F) {
	for _, text := range []string{"", "\n", "a", "a\n", "a\r\nb", "\r\n\r\n", "a\rb\n\xff"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var unix []byte
		lines := splitLines(text)
		for _, line := range lines {
			if bytes.ContainsRune(line, '\n') {
				t.Fatalf("%q holds the end of a line", line)
			}
			unix = append(append(unix, line...), '\n')
		}
		want := bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
		want = bytes.TrimSuffix(want, []byte("\r")) // of the last line, whose end is missing
		if len(text) > 0 && text[len(text)-1] != '\n' {
			want = append(want, '\n')
		}
		if !bytes.Equal(unix, want) {
			t.Errorf("%q: the lines are %q", text, lines)
		}
	})
}

func TestMessageWarnings(t *testing.T) {
	t.Parallel()
	o := Options{ReadFile: files(map[string]string{"lines.txt": strings.Repeat("x", 2_000_000)})}
	for _, tt := range []struct {
		why, message string
		want         []string
	}{
		{"each key is of use", "size: {uniform: [48B, 1KB]}, compress_to: 0.3, keys: {count: 10, pick: zipf, exponent: 2}", nil},
		{"a lognormal leaves room for the stamp by itself", "size: {lognormal: {median: 1KB, p99: 64KB}}", nil},
		{"unless it is told not to", "size: {lognormal: {median: 1KB, p99: 64KB, min: 1B}}", []string{"message.size: 1B has no room for the stamp of 48B: e2e and integrity are off"}},
		{"the least of several", "size: {weighted: {1KB: 1, 47B: 1}}", []string{"message.size: 47B has no room for the stamp of 48B: e2e and integrity are off"}},
		{"for other picks", "keys: {count: 10, exponent: 2, hot: {keys: 5%}}", []string{
			"message.keys.exponent: without effect, since keys.pick is uniform", "message.keys.hot: without effect, since keys.pick is uniform",
		}},
		{"for another payload", "payload: text, compress_to: 0.3", []string{"message.compress_to: without effect, since payload is text"}},
		{"lines are as long as they are", "payload: lines.txt, size: 10B", []string{
			"message.size: without effect, since values are the lines of lines.txt",
			"producer.batch_size: 1MB is smaller than a record of 2MB: each record is a batch of its own",
			"message.size: 2MB is above Kafka's own limit of 1048588B: set topic.config.max.message.bytes",
		}},
	} {
		got := parsed(t, "f.yaml", "producer: {}\nmessage: {"+tt.message+"}", o).Warnings
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.why, got, tt.want)
		}
	}
}

// TestMeanOfSizes holds the mean of each distribution to that of many draws, within four of its standard errors.
func TestMeanOfSizes(t *testing.T) {
	t.Parallel()
	const draws = 200_000
	random := rand.New(rand.NewPCG(1, 2))
	lognormal := func(l Lognormal) func() float64 {
		sigma := math.Log(float64(l.P99)/float64(l.Median)) / 2.3263478740408408
		return func() float64 {
			return min(max(float64(l.Median)*math.Exp(sigma*random.NormFloat64()), float64(l.Min)), float64(l.Max))
		}
	}
	wide, narrow := Lognormal{Median: 1000, P99: 64_000, Min: 48, Max: 1e6}, Lognormal{Median: 1000, P99: 1100, Min: 990, Max: 1100}
	for what, tt := range map[string]struct {
		s    Sizes
		draw func() float64
	}{
		"fixed":     {Sizes{Fixed: 7}, func() float64 { return 7 }},
		"uniform":   {Sizes{Uniform: []unit.Size{100, 2000}}, func() float64 { return 100 + 1900*random.Float64() }},
		"weighted":  {Sizes{Weighted: map[string]Positive{"1KB": 1, "1000B": 1, "10KB": 2}}, func() float64 { return []float64{1000, 10_000}[random.IntN(2)] }},
		"extreme":   {Sizes{Weighted: map[string]Positive{"1KB": math.MaxFloat64, "10KB": math.MaxFloat64}}, func() float64 { return []float64{1000, 10_000}[random.IntN(2)] }},
		"lognormal": {Sizes{Lognormal: &wide}, lognormal(wide)},
		"cut":       {Sizes{Lognormal: &narrow}, lognormal(narrow)},
	} {
		sum, squares := 0.0, 0.0
		for range draws {
			x := tt.draw()
			sum, squares = sum+x, squares+x*x
		}
		mean := sum / draws
		limit := 4 * math.Sqrt(math.Max(squares/draws-mean*mean, 0)/draws)
		if got := tt.s.Mean(); !(math.Abs(got-mean) <= limit+1e-6) {
			t.Errorf("%s: the mean is %.2f, want %.2f within %.2f", what, got, mean, limit)
		}
		if least, most := tt.s.Bounds(); least < 1 || most < least || tt.s.Mean() < float64(least) || tt.s.Mean() > float64(most) {
			t.Errorf("%s: mean %.2f does not lie between %s and %s", what, tt.s.Mean(), least, most)
		}
	}
}

// FuzzSizes: what is read as sizes has bounds and a mean that can be drawn from, and survives a record.
func FuzzSizes(f *testing.F) {
	for _, size := range []string{
		"200B", "{uniform: [100B, 2KB]}", "{lognormal: {median: 1KB, p99: 64KB}}", "{lognormal: {median: 1B, p99: 1GB, min: 1B, max: 1GB}}",
		"{weighted: {200B: 90, 10KB: 10}}", "{weighted: {1KB: 1e308, 1000B: 1e308}}", "{weighted: {}}", "{uniform: [1, 2, 3]}", "0", "{}", "[]",
	} {
		f.Add(size)
	}
	f.Fuzz(func(t *testing.T, size string) {
		p, err := Parse("f.yaml", []byte("producer: {}\nmessage:\n  size: "+size+"\n"), Options{})
		if err != nil {
			var ps Problems
			if !errors.As(err, &ps) || len(ps) == 0 {
				t.Fatalf("%T: %v, want problems", err, err)
			}
			return
		}
		s := &p.Cases[0].Scenario.Message.Size
		least, most := s.Bounds()
		if mean := s.Mean(); least < 1 || most < least || most > maxSize || !(mean >= float64(least)*0.999 && mean <= float64(most)*1.001) {
			t.Errorf("%q: sizes from %s to %s with a mean of %v", size, least, most, mean)
		}
		for n, weight := range s.Weights() {
			if n < least || n > most || !(weight >= 0) || math.IsInf(weight, 1) {
				t.Errorf("%q: size %s of weight %v", size, n, weight)
			}
		}
		roundTrip(t, p)
	})
}
