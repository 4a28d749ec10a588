//go:build e2e && cgo && (linux || darwin) && (amd64 || arm64)

package confluent

import (
	"testing"

	"kbench/internal/driver/drivertest"
)

func TestKafka(t *testing.T) { drivertest.Run(t, library{}, drivertest.Kafka(t)) }
