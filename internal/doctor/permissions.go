package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"kbench/internal/admin"
	"kbench/internal/driver"
	"kbench/internal/driver/null"
	"kbench/internal/run"
)

const (
	stepLimit    = 8 * time.Second // for one thing that is tried: a new cluster needs a second or two for its first group
	cleanUpLimit = 5 * time.Second
)

// A tryout does what a run does with brokers, on a topic and with a group of its own.
type tryout struct {
	admin       *admin.Admin
	client      driver.Driver
	at          driver.Cluster
	topic       string
	replication int
	offset      int64 // of the record that was written
}

// A step is one of the things tried.
type step struct {
	name  string
	after string // that must have worked before; "" for none
	level Level  // if it does not work: a run fails without it, or does with less
	needs string // permissions, as Kafka's access control lists name them
	do    func(context.Context) error
}

func (t *tryout) steps() []step {
	own := " on topics that begin with " + run.TopicPrefix
	groups := " on groups that begin with " + run.TopicPrefix
	return []step{
		{"create_topic", "", Fail, "CREATE" + own, t.createTopic},
		{"describe_topic", "create_topic", Fail, "DESCRIBE and DESCRIBE_CONFIGS" + own, t.describeTopic},
		{"write", "create_topic", Fail, "WRITE" + own, t.write},
		{"read", "write", Fail, "READ" + own + ", and READ" + groups, t.read},
		{"commit", "read", Fail, "READ" + groups, t.committed},
		{"log_dirs", "create_topic", Warn, "DESCRIBE on the cluster; without it compression_ratio and bytes on disk are unknown", t.logDirs},
		{"delete_group", "commit", Warn, "DELETE" + groups + "; without it groups stay until the brokers forget them", t.deleteGroup},
		{"delete_topic", "create_topic", Fail, "DELETE" + own + "; until then remove " + t.topic + " by hand", t.deleteTopic},
	}
}

// checkPermissions tries one step after the other, and removes what it made, whatever happens.
func (d *Doctor) checkPermissions(ctx context.Context, tell func(Check), a *admin.Admin, brokers []string, replication int) {
	none := null.New().Name()
	at := slices.IndexFunc(d.Drivers, func(x driver.Driver) bool { return x.Name() != none })
	if at < 0 {
		tell(failed(Brokers, "create_topic", errors.New("no client in this kbench talks to brokers"), "use a kbench that was built with one; kbench version lists them"))
		return
	}
	t := &tryout{
		admin: a, client: d.Drivers[at], topic: run.OwnName("doctor", time.Now(), rand.Uint64(), false), replication: replication,
		at: driver.Cluster{Brokers: brokers, ClientID: clientID, DialTimeout: reachLimit, Security: d.Security},
	}
	worked := map[string]bool{"": true}
	defer t.cleanUp(ctx, worked)
	for _, s := range t.steps() {
		tell(s.try(ctx, worked))
	}
}

// try does the step if what it needs has worked, and notes whether it did.
func (s step) try(ctx context.Context, worked map[string]bool) Check {
	c := Check{Part: Brokers, Name: s.name, Figures: map[string]any{"took_ns": nil}}
	if !worked[s.after] {
		c.Said = "not tried, since " + s.after + " did not work"
		return c.judged(false, true, "see "+s.after)
	}
	ctx, cancel := context.WithTimeout(ctx, stepLimit)
	defer cancel()
	start := time.Now()
	if err := s.do(ctx); err != nil {
		c.Said = strings.Join(strings.Fields(err.Error()), " ")
		do := "see the brokers' logs; it needs " + s.needs
		if denied(c.Said) {
			do = "give this client " + s.needs
		}
		return c.judged(s.level == Fail, true, do)
	}
	took := time.Since(start)
	worked[s.name] = true
	c.Said, c.Figures["took_ns"] = fmt.Sprintf("works, %v", took.Round(100*time.Microsecond)), int64(took)
	return c.judged(false, false, "")
}

// denied says that brokers refused something for want of a permission: every error holds Kafka's name for it.
func denied(said string) bool { return strings.Contains(said, "AUTHORIZATION_FAILED") }

func (t *tryout) group() string { return t.topic + "-g1" }

func (t *tryout) createTopic(ctx context.Context) error {
	return t.admin.CreateTopic(ctx, t.topic, 1, t.replication, nil)
}

func (t *tryout) describeTopic(ctx context.Context) error {
	_, err := t.admin.Topic(ctx, t.topic)
	return err
}

// write sends one record with acks=all, and waits for its ack.
func (t *tryout) write(ctx context.Context) error {
	type answer struct {
		at  driver.Ack
		err error
	}
	acked := make(chan answer, 1) // closing the producer may ack too, and nobody takes that
	value := make([]byte, 200)
	cfg := driver.DefaultProducer()
	cfg.Topic, cfg.MaxValue = t.topic, len(value)
	client, err := t.client.NewProducer(ctx, t.at, cfg, func(_ *driver.Record, at driver.Ack, err error) { acked <- answer{at, err} })
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }() // what it says of an ack has been heard
	if _, err := client.Send(ctx, &driver.Record{Value: value, Partition: -1}); err != nil {
		return fmt.Errorf("write a record: %w", err)
	}
	select {
	case a := <-acked:
		t.offset = a.at.Offset
		if a.err != nil {
			return fmt.Errorf("write a record: %w", a.err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("write a record: %s got no answer in time", t.client.Library())
	}
}

// read waits for the record, as a member with a partition of its own: joining a group would take seconds and the same
// permissions. Its end commits.
func (t *tryout) read(ctx context.Context) error {
	cfg := driver.DefaultConsumer()
	cfg.Topic, cfg.Group, cfg.Start, cfg.Commit = t.topic, t.group(), driver.StartEarliest, driver.CommitSync
	cfg.Assign, cfg.Partitions = driver.AssignStatic, []int32{0}
	client, err := t.client.NewConsumer(ctx, t.at, cfg)
	if err != nil {
		return err
	}
	reading, stop := context.WithCancel(ctx)
	defer stop()
	seen, ended := make(chan struct{}, 1), make(chan struct{})
	var consumed error
	go func() {
		defer close(ended)
		consumed = client.Consume(reading, func(*driver.Message) {
			select {
			case seen <- struct{}{}:
			default:
			}
		})
	}()
	none := await(ctx, client, seen, ended)
	stop()
	<-ended // bounded by the driver
	if err := cmp.Or(consumed, none, client.Close()); err != nil {
		return fmt.Errorf("read a record: %w", err)
	}
	return nil
}

// await waits until a record was seen. A client that may not read tries for ever, and is not waited for.
func await(ctx context.Context, client driver.Consumer, seen, ended <-chan struct{}) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-seen:
			return nil
		case <-ended:
			return errors.New("the client ended before there was one")
		case <-ctx.Done():
			return errors.New("there was none in time" + met(client.Errors()))
		case <-tick.C:
			if m := met(client.Errors()); denied(m) {
				return errors.New("there was none" + m)
			}
		}
	}
}

// met lists the errors that a client went on from.
func met(classes map[string]int64) string {
	if len(classes) == 0 {
		return ""
	}
	return ", and met " + strings.Join(slices.Sorted(maps.Keys(classes)), ", ")
}

// committed looks whether the end of reading has committed.
func (t *tryout) committed(ctx context.Context) error {
	offsets, err := t.admin.Committed(ctx, t.group(), t.topic)
	if err != nil {
		return err
	}
	if got, ok := offsets[0]; !ok || got != t.offset+1 {
		return fmt.Errorf("group %s did not commit the record that it read", t.group())
	}
	return nil
}

func (t *tryout) logDirs(ctx context.Context) error {
	if _, ok := t.admin.DiskBytes(ctx, t.topic); !ok {
		return errors.New("the brokers do not tell how large logs are")
	}
	return nil
}

func (t *tryout) deleteGroup(ctx context.Context) error { return t.admin.DeleteGroups(ctx, t.group()) }
func (t *tryout) deleteTopic(ctx context.Context) error { return t.admin.DeleteTopic(ctx, t.topic) }

// cleanUp removes what is left, after an interruption too. What it can't remove has been told.
func (t *tryout) cleanUp(ctx context.Context, worked map[string]bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpLimit)
	defer cancel()
	if worked["write"] && !worked["delete_group"] { // reading may have made a group though it failed
		_ = t.deleteGroup(ctx)
	}
	if !worked["delete_topic"] { // making it may have failed half-way
		_ = t.deleteTopic(ctx)
	}
}
