//go:build cgo && (linux || darwin) && (amd64 || arm64)

package confluent

import (
	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"kbench/internal/driver"
)

// CheckProducer implements driver.Driver.
func (library) CheckProducer(cfg driver.ProducerConfig) error {
	p, err := producerProperties(anyCluster(), cfg)
	if err != nil {
		return err
	}
	return p.try("producer", func(m *kafka.ConfigMap) error {
		kp, err := kafka.NewProducer(m)
		if err == nil {
			kp.Close()
		}
		return err
	})
}

// CheckConsumer implements driver.Driver.
func (library) CheckConsumer(cfg driver.ConsumerConfig) error {
	cfg.Topic, cfg.Group, cfg.Partitions = "any", "any", []int32{0}
	p, err := consumerProperties(anyCluster(), cfg)
	if err != nil {
		return err
	}
	return p.try("consumer", func(m *kafka.ConfigMap) error {
		kc, err := kafka.NewConsumer(m)
		if err == nil {
			_ = kc.Close() // it has nothing to leave
		}
		return err
	})
}

// try opens a client that knows of no broker: only then the library says what it takes.
func (p properties) try(what string, open func(*kafka.ConfigMap) error) error {
	delete(p, "bootstrap.servers")
	c := newClient(p)
	defer c.stopLogs()
	m := p.configMap(c.logs)
	if err := open(&m); err != nil {
		return refused(what, err)
	}
	return nil
}

// anyCluster stands for the brokers where only settings are looked at.
func anyCluster() driver.Cluster { return driver.Cluster{Brokers: []string{"any:9092"}} }
