package clearance

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
	"time"
)

// A policy that misbehaves at one moment each, and is the default policy at every other: instructions are put before the first of its
// functions decide and call, which compare the time in the question.

// misdeeds are what the policy does, by the moment.
var misdeeds = []struct {
	name string
	at   time.Time
	// code is what a function does then. self calls the function with what is on the stack, and zero is an answer.
	code func(self, zero []byte) []byte
	// codes are the errors that may come of it.
	codes []string
}{
	{"trap", badMoment(1), func(_, _ []byte) []byte { return []byte{opUnreachable} }, []string{"trap"}},
	{"loop", badMoment(2), func(_, _ []byte) []byte {
		return []byte{opLoop, emptyType, opBr, 0, opEnd}
	}, []string{"deadline", "timeout"}},
	{"memory", badMoment(3), func(_, _ []byte) []byte {
		return []byte{
			opLoop, emptyType, opI32Const, 16, opMemoryGrow, 0, opI32Const, 0x7f, opI32Ne, opBrIf, 0, opEnd, opUnreachable,
		}
	}, []string{"trap", "memory"}},
	{"stack", badMoment(4), func(self, _ []byte) []byte {
		return slices.Concat([]byte{opLocalGet, 0, opLocalGet, 1}, self, []byte{opDrop})
	}, []string{"stack"}},
	// It answers zero, which is not a decision.
	{"answer", badMoment(6), func(_, zero []byte) []byte { return append(slices.Clone(zero), opReturn) }, []string{"wrong-answer"}},
	// It calls itself twice with one byte less, and so on: there is no loop, and it would not end in any time.
	{"recursion", badMoment(5), func(self, zero []byte) []byte {
		again := slices.Concat([]byte{opLocalGet, 0, opLocalGet, 1, opI32Const, 1, opI32Sub}, self, []byte{opDrop})
		return slices.Concat([]byte{opLocalGet, 1, opIf, emptyType}, again, again, []byte{opEnd}, zero, []byte{opReturn})
	}, []string{"deadline", "timeout"}},
}

func badMoment(day int) time.Time {
	return time.Date(2031, 1, day, 0, 0, 0, 0, time.UTC)
}

const (
	opUnreachable, opBr, opBrIf, opReturn, opDrop = 0x00, 0x0c, 0x0d, 0x0f, 0x1a
	opI64Load, opMemoryGrow, opI64Const           = 0x29, 0x40, 0x42
	opI32Ne, opI64Eq                              = 0x47, 0x51
)

func hostilePolicy(t *testing.T) Policy {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	component, err := readCore(defaultPolicy)
	must(err)
	const coreModuleSection = 1
	inside := component.section(coreModuleSection)
	core, err := readCore(inside.content)
	must(err)
	exports, err := core.exportedFunctions()
	must(err)
	// A policy imports nothing, so that a function has the number of its body. The time is the third word of what decide is asked, and the
	// third or the fourth of what effective and explain are.
	must(core.changeFunctions(func(index int, instructions []byte) []byte {
		switch uint64(index) {
		case exports[decideName]:
			return append(guardCode(index, opI64Const, 16), instructions...)
		case exports[callName]:
			return append(guardCode(index, opI32Const, 16, 24), instructions...)
		default:
			return instructions
		}
	}))
	inside.content = core.bytes()
	return Policy{Component: component.bytes()}
}

// guardCode compares the time in the question, and misbehaves where it is a bad moment.
func guardCode(function int, constant byte, offsets ...uint64) []byte {
	var code []byte
	self := binary.AppendUvarint([]byte{opCall}, uint64(function))
	for _, misdeed := range misdeeds {
		for _, offset := range offsets {
			code = append(code, opLocalGet, 0, opI64Load, 0)
			code = binary.AppendUvarint(code, offset)
			code = append(code, opI64Const)
			code = appendSigned(code, misdeed.at.UnixMilli())
			code = append(code, opI64Eq, opIf, emptyType)
			code = append(code, misdeed.code(self, []byte{constant, 0})...)
			code = append(code, opEnd)
		}
	}
	return code
}

func appendSigned(code []byte, value int64) []byte {
	for {
		low := byte(value & 0x7f)
		value >>= 7
		if value == 0 && low&0x40 == 0 || value == -1 && low&0x40 != 0 {
			return append(code, low)
		}
		code = append(code, low|0x80)
	}
}

// What a policy does wrong is an error by name, never a decision, and the next question is answered.
func TestMisdeeds(t *testing.T) {
	for _, misdeed := range misdeeds {
		t.Run(misdeed.name, func(t *testing.T) {
			deadline := time.Minute
			if misdeed.name == "loop" || misdeed.name == "recursion" {
				deadline = 100 * time.Millisecond
			}
			authorizer := company(t, &Options{Policy: ptr(hostilePolicy(t)), AllowUnsigned: true, Deadline: deadline})
			for round := range 3 {
				for _, ask := range []func(view View) error{
					func(view View) error {
						_, err := view.Check(ctx, Key("ci"), "prompts:view", Project("shop"))
						return err
					},
					func(view View) error { _, err := view.Effective(ctx, Key("ci"), Project("shop")); return err },
					func(view View) error {
						_, err := view.Explain(ctx, Key("ci"), "prompts:view", Project("shop"))
						return err
					},
				} {
					err := ask(authorizer.At(misdeed.at))
					failed := asError(t, err)
					if !slices.Contains(misdeed.codes, failed.Code) || (failed.Unwrap() == nil) != (misdeed.name == "answer") {
						t.Fatalf("round %d: %v, because of %v", round, err, failed.Unwrap())
					}
					for _, version := range authorizer.resources.versions {
						if version.guest.instance != nil {
							t.Fatalf("round %d: the instance that failed is still there", round)
						}
					}
					// A question that was never asked, so that the policy answers it.
					moment := noon.AddDate(0, 0, round)
					decision, err := authorizer.At(moment).Check(ctx, Key("deploy"), "prompts:view", Project("shop"))
					if err != nil || !decision.Allow {
						t.Fatalf("the next question: %+v, %v", decision, err)
					}
				}
			}
		})
	}
}

// A thousand stopped instances leave no memory behind.
func TestStoppedInstancesAreClosed(t *testing.T) {
	authorizer := company(t, &Options{Policy: ptr(hostilePolicy(t)), AllowUnsigned: true})
	before := heap()
	for range 1000 {
		_, err := authorizer.At(badMoment(1)).Check(ctx, Key("ci"), "prompts:view", Project("shop"))
		if asError(t, err).Code != "trap" {
			t.Fatal(err)
		}
	}
	// One instance has more than a mebibyte of memory.
	if grown := int64(heap()) - int64(before); grown > 50<<20 {
		t.Errorf("the heap has grown by %d MiB", grown>>20)
	}
}

// The context of a question ends the policy that answers it.
func TestAContextEndsAPolicy(t *testing.T) {
	authorizer := company(t, &Options{Policy: ptr(hostilePolicy(t)), AllowUnsigned: true, Deadline: time.Hour})
	view := authorizer.At(badMoment(2))
	for _, ask := range []func(soon context.Context) error{
		func(soon context.Context) error {
			_, err := view.Check(soon, Key("ci"), "prompts:view", Project("shop"))
			return err
		},
		func(soon context.Context) error {
			_, err := view.Effective(soon, User("ben"), Project("shop")) // The answer about the key is kept by now.
			return err
		},
	} {
		soon, cancel := contextWithCancel()
		time.AfterFunc(20*time.Millisecond, cancel)
		err := ask(soon)
		if failed := asError(t, err); failed.Code != CodeCanceled || !isCanceled(err) {
			t.Errorf("%v", err)
		}
		if _, err := authorizer.At(noon).Check(ctx, Key("ci"), "prompts:view", Project("shop")); err != nil {
			t.Error(err)
		}
	}
}

// A module is changed whatever it has, and what is cut off is refused.
func TestAModuleIsPrepared(t *testing.T) {
	engine, err := engineFor(&Options{})
	if err != nil {
		t.Fatal(err)
	}
	// A module that answers 7 to every question, with and without a global of its own.
	global := appendSized([]byte{globalSection}, []byte{1, typeI32, mutable, opI32Const, 7, opEnd})
	for _, globals := range [][]byte{nil, global} {
		core := smallPolicy(globals)
		prepared, err := prepare(core)
		if err != nil {
			t.Fatal(err)
		}
		guest, err := newGuest(ctx, engine.policies, core)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 * callsBetweenLooks {
			if word, status := guest.decide(newWatchdog(0), nil, []byte("question")); word != 7 || status != 0 {
				t.Fatal(word, status, guest.stoppedBy)
			}
		}
		// A question that is longer than the desk is asked too.
		if word, status := guest.decide(newWatchdog(0), nil, make([]byte, deskBytes+1)); word != 7 || status != 0 {
			t.Fatal(word, status, guest.stoppedBy)
		}
		guest.close()
		for length := range core[:len(core)-1] {
			if changed, err := prepare(core[:length]); err == nil && len(changed) >= len(prepared) {
				t.Errorf("cut off after %d bytes", length)
			}
		}
	}
}

// smallPolicy is a core module that has what a policy must export, and an array of room for questions at 1024.
func smallPolicy(globals []byte) []byte {
	export := func(name string, kind, index byte) []byte {
		return append(appendSized(nil, []byte(name)), kind, index)
	}
	body := func(instructions ...byte) []byte {
		return appendSized(nil, append(append([]byte{0}, instructions...), opEnd))
	}
	const exportsMemory = 2
	return slices.Concat(
		[]byte("\x00asm\x01\x00\x00\x00"),
		appendSized([]byte{typeSection}, []byte{
			4,
			typeFunction, 4, typeI32, typeI32, typeI32, typeI32, 1, typeI32,
			typeFunction, 2, typeI32, typeI32, 1, typeI64,
			typeFunction, 2, typeI32, typeI32, 1, typeI32,
			typeFunction, 1, typeI32, 0,
		}),
		appendSized([]byte{functionSection}, []byte{4, 0, 1, 2, 3}),
		appendSized([]byte{5}, []byte{1, 0, 2}),
		globals,
		appendSized([]byte{exportSection}, slices.Concat([]byte{5},
			export("memory", exportsMemory, 0), export(reserveName, exportsFunc, 0), export(decideName, exportsFunc, 1),
			export(callName, exportsFunc, 2), export(releaseName, exportsFunc, 3),
		)),
		appendSized([]byte{codeSection}, slices.Concat([]byte{4},
			body(opI32Const, 0x80, 0x08), body(opI64Const, 7), body(opI32Const, 0), body(),
		)),
	)
}

// Questions that are longer than the desk get the same answers.
func TestLongQuestions(t *testing.T) {
	const bindings = 2000
	authorizer := company(t, nil)
	changes := []Change{{"addKey": map[string]any{"id": "many", "organization": "acme", "name": "Many", "mode": "all"}}}
	for index := range bindings {
		changes = append(changes, Change{"addBinding": Binding{
			ID: fmt.Sprintf("many-%d", index), Organization: "acme", Key: "many", Role: "VIEWER", Scope: Project("blog"),
		}})
	}
	if err := authorizer.Apply(ctx, changes...); err != nil {
		t.Fatal(err)
	}
	view := authorizer.At(noon)
	for round := range 3 {
		decision, err := view.Check(ctx, Key("many"), "traces:view", Project("blog"))
		if err != nil || !decision.Allow {
			t.Errorf("%d: %+v, %v", round, decision, err)
		}
		explained, err := view.Explain(ctx, Key("many"), "traces:view", Project("blog"))
		if err != nil || explained.Decision != decision || len(explained.Principal.Steps) < bindings {
			t.Errorf("%d: %+v, %v", round, explained.Decision, err)
		}
		explained, err = view.Explain(ctx, Key("ci"), "prompts:view", Project("shop"))
		if err != nil || !explained.Allow {
			t.Errorf("%d: %+v, %v", round, explained.Decision, err)
		}
	}
}
