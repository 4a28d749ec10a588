// Package confluent is the driver of librdkafka, through confluent-kafka-go.
//
// It needs cgo and a system for which confluent-kafka-go brings a built librdkafka; New says whether this build has
// it. Every setting that matters is passed by name, so that no default of the library's decides a measurement, and
// Settings returns what librdkafka itself logs as its configuration.
//
// Non-obvious, each of them a trap that was read in the library's source:
//   - Producer.Flush of the library ends the linger and polls events from a second goroutine, so that acks could come
//     from two at once. Nothing here calls it.
//   - The library's map of settings is applied in random order, so a property and its alias must not both be in it.
//   - With an events channel, a consumer's messages of revoked partitions are still in the channel after the revocation.
//     Poll has none of that: when it calls back to revoke, every message before has been dealt with. It is also faster:
//     0.60 M/s against 0.47 M/s, one consumer of 200-byte records on two cores that the broker used too.
//   - Opaque costs one allocation and a locked map for each record, about a fifth of the rate, and is the only way to tell
//     whose ack it is. Nothing here adds to that.
//   - When the library itself assigns partitions and that fails, it writes to a nil channel and hangs. So the callback
//     here assigns.
//   - To the library's consistent_random, which is crc32 here, an empty key is no key: it goes anywhere.
//   - A partition that does not exist is waited for, and an error only where the topic is new to the client. So the
//     brokers are asked.
//   - A commit or a leave under way cannot be called off: with brokers that say nothing, Close gives up after 10 s, and what
//     is left ends with the library's own wait of up to socket.timeout.ms.
//   - An assignment that the callback answers while the library closes may hang for ever. So a member unsubscribes before,
//     after which none can come.
//   - With the consumer protocol the library says nothing of an empty assignment.
//   - Offsets are stored only after fn returned, never by the library: it would store them when Poll hands a message out.
package confluent
