package sarama

import "kbench/internal/driver"

const name = "sarama"

type library struct{}

// New returns the driver.
func New() driver.Driver { return library{} }

func (library) Name() string    { return name }
func (library) Library() string { return "sarama" }

// Version is the module's: the library tells its own to brokers only.
func (library) Version() string { return driver.ModuleVersion("github.com/IBM/sarama") }

// Partitioners has sticky because the library takes partitioners from outside. Its manual one is left out: kbench names
// the partition of each record itself.
func (library) ByValue() bool { return false }

func (library) Partitioners() []driver.Partitioner {
	return []driver.Partitioner{
		driver.PartitionerSticky, driver.PartitionerRoundRobin, driver.PartitionerRandom,
		driver.PartitionerMurmur2, driver.PartitionerCRC32, driver.PartitionerFNV1a,
	}
}

// CheckProducer implements driver.Driver.
func (library) CheckProducer(cfg driver.ProducerConfig) error {
	_, err := producerConfig(driver.Cluster{}, cfg)
	return err
}

// CheckConsumer implements driver.Driver.
func (library) CheckConsumer(cfg driver.ConsumerConfig) error {
	_, err := consumerConfig(driver.Cluster{}, cfg)
	return err
}
