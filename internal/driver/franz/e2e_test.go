//go:build e2e

package franz

import (
	"testing"

	"kbench/internal/driver/drivertest"
)

func TestKafka(t *testing.T) { drivertest.Run(t, library{}, drivertest.Kafka(t)) }
