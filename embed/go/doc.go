// Package clearance answers permission questions about API keys, in process.
//
// It runs two WebAssembly modules side by side in wazero, without cgo: the authorizer, which holds the data, the names and a cache of
// answers, and a policy, which holds the rules. The bytes are the same in every language, and so is every answer.
//
//	authorizer, err := clearance.Load(ctx, directory, nil)
//	if err != nil {
//		return err
//	}
//	defer authorizer.Close()
//	decision, err := authorizer.Check(ctx, clearance.Key("ci"), "prompts:view", clearance.Project("shop"))
//
// # Denials and errors
//
// A [Decision] whose Allow is false is an answer. An error is not: it is always an [*Error], it is never a denial, and it never lets
// anybody in. Refuse, for instance with 503, and look for the cause.
//
// # Time
//
// The methods of [Authorizer] ask about the present moment. [Authorizer.At] asks about another one.
//
// # Goroutines
//
// An [Authorizer] may be used by any number of goroutines. A lock lets one question after the other in, because a WebAssembly module
// has one thread: two goroutines that ask all the time get no more answers together than one. A question that was asked before takes
// about half a microsecond, so the lock is seldom what a program waits for. A program that asks millions of questions a second loads
// several authorizers; each holds the data once more.
//
// # Contexts
//
// Each call looks at its context before it begins and, while a policy answers a question, every 100 ms. A call that waits for the lock
// does not look at it. The lock is held by one question, one change or one swap at a time, and by a policy that does not end for as
// long as its deadline.
package clearance
