package driver

// A Crasher is a Consumer that can end as its process would in a crash. Not every library lets go without a word: a driver
// whose consumers are none refuses ConsumerConfig.Crashes.
type Crasher interface {
	// Crash cuts the consumer off from its brokers for good. It commits nothing more and tells its group nothing, which finds out
	// when the session times out. Consume returns soon, with whatever error; its context is ended by the caller, right after. Crash
	// does not wait, and is called once, from any goroutine, while Consume runs. Close is still called.
	Crash()
}
