package scenario

// A gap is what scenarios can say and this kbench cannot do yet. Such keys are read and checked in full, and then
// refused by name: a scenario that asks for them is never half obeyed.
type gap struct {
	what  string                     // with its verb, before: not supported yet
	paths func(s *Scenario) []string // where s asks for it
}

// gaps lists what is not supported yet; to support it, delete its row.
func gaps() []gap {
	at := func(path string, asked func(s *Scenario) bool) func(*Scenario) []string {
		return func(s *Scenario) []string {
			if asked(s) {
				return []string{path}
			}
			return nil
		}
	}
	return []gap{
		{"a profile is", at("load.profile", func(s *Scenario) bool { return s.Load.Profile != nil })},
		{"transactions are", at("producer.transaction.records", func(s *Scenario) bool { return s.Producer != nil && s.Producer.Transaction.Records > 0 })},
		{"a distribution of sizes is", at("message.size", func(s *Scenario) bool { return s.Message.Size.Fixed == 0 })},
		{"zipf is", at("message.keys.pick", func(s *Scenario) bool { return s.Message.Keys.Pick == PickZipf })},
		{"hot is", at("message.keys.pick", func(s *Scenario) bool { return s.Message.Keys.Pick == PickHot })},
		{"text is", at("message.payload", func(s *Scenario) bool { return s.Message.Payload == "text" })},
		{"json is", at("message.payload", func(s *Scenario) bool { return s.Message.Payload == "json" })},
		{"a file of lines is", at("message.payload", func(s *Scenario) bool { return isFile(s.Message.Payload) })},
		{"headers are", at("message.headers", func(s *Scenario) bool { return s.Message.Headers > 0 })},
	}
}
