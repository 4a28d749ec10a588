package doctor

import (
	"context"
	"fmt"
	"time"

	"kbench/internal/admin"
	"kbench/internal/cluster"
	"kbench/internal/driver/null"
	"kbench/internal/host"
	"kbench/internal/result"
	"kbench/internal/run"
	"kbench/internal/scenario"
	"kbench/internal/unit"
)

// ceilingFor is how long each client produces as fast as it can.
const ceilingFor = 1300 * time.Millisecond

// checkCeiling tells the highest rate of kbench alone, and of each client on an embedded broker, which is not Kafka: what is
// above that rate here can't be measured with that client.
func (d *Doctor) checkCeiling(ctx context.Context, tell func(Check)) {
	none := null.New().Name()
	if t, err := d.nullTrial(ctx, unit.MaxRate, ceilingFor/2); err != nil {
		tell(failed(Ceiling, none, err, busy))
	} else {
		tell(judgeCeiling(none, t))
	}
	env, end, err := d.embedded(ctx)
	if err != nil {
		tell(failed(Ceiling, "embedded", err, "the embedded broker is this program itself, started again, on a port of 127.0.0.1: see that both are allowed"))
		return
	}
	defer end()
	for _, dr := range d.Drivers {
		if dr.Name() == none {
			continue
		}
		t, err := trial(ctx, env, dr.Name(), unit.MaxRate, ceilingFor)
		if err != nil {
			tell(failed(Ceiling, dr.Name(), err, "use another client, and tell kbench's makers: it does not work with the embedded broker"))
			continue
		}
		tell(judgeCeiling(dr.Name(), t))
	}
}

// embedded starts an embedded broker to run trials on.
func (d *Doctor) embedded(ctx context.Context) (env *run.Env, end func(), err error) {
	c, err := cluster.Open(ctx, cluster.Spec{Engine: cluster.Embedded, Nodes: 1}, d.Cluster)
	if err != nil {
		return nil, nil, err
	}
	// It holds nothing, and its process ends with this one whatever closing says.
	stop := func() { _ = c.Close(context.WithoutCancel(ctx)) }
	a, err := admin.Open(ctx, c.Brokers(), "kbench")
	if err != nil {
		stop()
		return nil, nil, err
	}
	env = &run.Env{Drivers: d.Drivers, Brokers: c.Brokers(), Admin: a, Host: d.Host, Sampler: host.NewSampler()}
	return env, func() { env.Sampler.Close(); a.Close(); stop() }, nil
}

// judgeCeiling warns where the load of a scenario that says nothing would be too much.
func judgeCeiling(client string, t *result.Trial) Check {
	usual := scenario.Default().Load.Rate
	on := "the embedded broker on the same CPUs, 200 B, acks=all"
	if client == null.New().Name() {
		on = "no client and no broker: kbench's own"
	}
	c := Check{
		Part: Ceiling, Name: client, Said: fmt.Sprintf("%s/s (%s)", unit.Human(t.Rates.AckedPerS), on),
		Figures: map[string]any{"acked_per_s": t.Rates.AckedPerS, "cpu_ns_per_record": t.Cost.CPUNsPerRecord},
	}
	return c.judged(false, t.Rates.AckedPerS < usual.PerSecond(),
		fmt.Sprintf("keep below that rate, the default of %s is above it; or use more or faster CPUs", usual))
}
