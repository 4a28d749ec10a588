package main

import (
	"kbench/internal/driver"
	"kbench/internal/driver/confluent"
	"kbench/internal/driver/franz"
	"kbench/internal/driver/null"
	"kbench/internal/driver/sarama"
)

// drivers lists the clients inside this binary, the default first.
func drivers() []driver.Driver {
	var ds []driver.Driver
	if d, ok := confluent.New(); ok {
		ds = append(ds, d)
	}
	return append(ds, franz.New(), sarama.New(), null.New())
}

func driverNames() []string {
	var names []string
	for _, d := range drivers() {
		names = append(names, d.Name())
	}
	return names
}
