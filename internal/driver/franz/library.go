package franz

import (
	"cmp"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"kbench/internal/driver"
)

const name = "franz"

// New returns the driver.
func New() driver.Driver { return library{} }

type library struct{}

func (library) Name() string    { return name }
func (library) Library() string { return "franz-go" }

// Version is the module's: the library has no other way to tell.
func (library) Version() string { return driver.ModuleVersion("github.com/twmb/franz-go") }

func (library) ByValue() bool { return false }

func (library) Partitioners() []driver.Partitioner {
	return []driver.Partitioner{
		driver.PartitionerSticky, driver.PartitionerRoundRobin, driver.PartitionerRandom,
		driver.PartitionerMurmur2, driver.PartitionerCRC32, driver.PartitionerFNV1a,
	}
}

// CheckProducer implements driver.Driver.
func (library) CheckProducer(cfg driver.ProducerConfig) error {
	opts, err := producerOptions(nowhere(), cfg)
	if err != nil {
		return err
	}
	return refused("producer", kgo.ValidateOpts(opts...))
}

// CheckConsumer implements driver.Driver.
func (library) CheckConsumer(cfg driver.ConsumerConfig) error {
	cfg.Group = cmp.Or(cfg.Group, "any") // it is named later
	opts, err := consumerOptions(nowhere(), cfg)
	if err != nil {
		return err
	}
	return refused("consumer", kgo.ValidateOpts(opts...))
}

// nowhere stands for brokers where only settings are looked at: the library wants an address.
func nowhere() driver.Cluster { return driver.Cluster{Brokers: []string{"127.0.0.1:1"}} }

// refused returns the error for options that the library does not take; nil for nil.
func refused(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("franz: new %s: %w: %w", what, err, driver.ErrUnsupported)
}
