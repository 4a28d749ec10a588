package lab

import (
	"fmt"

	"kbench/internal/host"
)

// Machine says in one line what figures were taken on.
func Machine() string {
	f := host.Read("")
	virt := ""
	if f.Virt != "" {
		virt = " (" + f.Virt + ")"
	}
	return fmt.Sprintf("%s, %g cores for brokers and clients together, %.0f GiB%s, %s %s, %s",
		f.CPUModel, f.Allowance(), float64(f.MemBytes)/(1<<30), virt, f.OS, f.Kernel, f.GoVersion)
}

// Machine says in one line what figures were taken on, this Kafka included.
func (k *Kafka) Machine() string {
	return fmt.Sprintf("%s; one Apache Kafka %s on loopback", Machine(), k.Version)
}
