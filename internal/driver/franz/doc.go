// Package franz is the driver of franz-go, a client in Go alone.
//
// Every setting that matters is passed as an option, so that no default of the library's decides a measurement, and
// Settings reads back what the client holds. Intervals between tries are those of Kafka's own clients (100 ms to 1 s):
// with the library's own, a partition whose leader moved would be idle for up to 5 s.
//
// Non-obvious, each of them a trap that was read in the library's source:
//   - A comma-separated list as one seed is taken for one host's name, and waited for. It is refused here.
//   - Ping waits for a broker that says nothing, whatever its context says. Requests to each seed by itself do not.
//   - Produce tells that the buffer is full through the record's promise, later and from another goroutine, and its
//     context goes on to cancel the record once it is buffered. So the driver counts the records itself, gives the library
//     room for one more, and waits itself. As the library does, it ends the linger when it begins to wait.
//   - A Record's Timestamp is kept when it is produced again, and the delivery timeout counts from it. It is cleared.
//   - A Record's Partition is set before the partitioner is asked a second time, which happens at each new batch. So the
//     partition that a record names is read from the driver's record.
//   - Without acks the library makes up offsets from 0.
//   - An idempotent producer does not fail a record whose fate is unknown, whatever the timeout, unless it is told to.
//   - A record that times out takes all others of its partition with it, and so does one that fails for good. That keeps
//     their order, and is what franz-go does to its users.
//   - batch_size also bounds a record: a larger one is refused as too large before it is compressed.
//   - A group that no broker can run by the consumer protocol is run by the classic one, without a word. So the brokers
//     are asked before.
//   - Without a group there are no commits. With a static assignment the driver makes them, automatic ones too.
//   - Compression levels are the library's own numbers, and unknown ones are ignored. Those of lz4 and zstd are given here
//     as the codecs' users know them.
package franz
