// Package franz is the driver of franz-go, a client in Go alone.
//
// Every setting that matters is passed as an option, so that no default of the library's decides a measurement, and
// Settings reads back what the client holds. Intervals between tries are those of Kafka's own clients (100 ms to 1 s).
//
// What the driver does itself, because of what the library does; docs/traps.md has the whole of it:
//   - It counts the records in the buffer. The library has room for one more, so that its own limit is never met, and
//     Send waits here.
//   - It commits for static assignments, automatically too, and counts partitions that are not there as errors.
//   - It asks the brokers whether they run the consumer protocol.
//   - It keeps the partition that a record names.
package franz
