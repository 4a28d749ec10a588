package report

import (
	"slices"
	"testing"

	"kbench/internal/result"
	"kbench/internal/scenario"
)

func TestLegend(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why, file string
		only      []string
		want      []Fact
	}{
		{"single values need none", "producer: {}\nmatrix: {producer.acks: [1, all], message.size: [100B, 1KB]}", nil, nil},
		{
			"keys that differ, as they are written", "producer: {acks: 1}\nmatrix: {producer: [{as: a, linger: 0s, config: {x: 1}}, {as: b, batch_size: 16KB, acks: 1}]}", nil,
			[]Fact{{"producer=a", "batch_size 1MB, config.x 1, linger 0s"}, {"producer=b", "batch_size 16KB, linger 5ms"}},
		},
		{
			"not what varies beside them", "producer: {}\nmatrix: {producer: [{as: a, linger: 0s}, {as: b}], producer.acks: [1, all]}", nil,
			[]Fact{{"producer=a", "linger 0s"}, {"producer=b", "linger 5ms"}},
		},
		{
			"nor what cases that were chosen differ in elsewhere", "producer: {}\nmatrix: {producer: [{as: a, linger: 0s}, {as: b}], message.size: [1KB, 2KB]}",
			[]string{"*a,size=1KB", "*b,size=2KB"},
			[]Fact{{"producer=a", "linger 0s"}, {"producer=b", "linger 5ms"}},
		},
		{
			"the whole scenario, and a side that is not there", "producer: {}\nmatrix: {variant: [{as: a, message: {size: 1KB}, consumer: {}}, {as: b, load: {rate: max}}]}", nil,
			[]Fact{
				{"variant=a", "consumer.assign subscribe, consumer.assignor range, consumer.client confluent, consumer.commit auto, consumer.commit_every 5s, consumer.groups 1, consumer.isolation read_uncommitted, consumer.members 1, consumer.processing 0s, consumer.protocol classic, consumer.start latest, load.rate 50k/s, message.size 1KB"},
				{"variant=b", "consumer none, load.rate max, message.size 200B"},
			},
		},
	} {
		p, err := scenario.Parse("f.yaml", []byte(tt.file), scenario.Options{Only: tt.only})
		if err != nil {
			t.Fatal(err)
		}
		if got := legend(&result.Run{Manifest: result.Manifest{Plan: p}}); !slices.Equal(got, tt.want) {
			t.Errorf("%s:\ngot  %q\nwant %q", tt.why, got, tt.want)
		}
		var trials []*result.Trial
		for _, c := range p.Cases {
			trials = append(trials, &result.Trial{Set: c.Set, Plan: c.Scenario})
		}
		if got := legend(&result.Run{Trials: trials}); !slices.Equal(got, tt.want) {
			t.Errorf("%s, without a plan: got %q, want %q", tt.why, got, tt.want)
		}
	}
}
