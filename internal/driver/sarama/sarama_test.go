package sarama

import (
	"testing"

	"kbench/internal/driver/drivertest"
)

func TestContract(t *testing.T) { drivertest.Run(t, library{}, drivertest.Fake(t)) }
