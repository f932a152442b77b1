package clearance

import (
	"bytes"
	"context"
	"encoding/binary"
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
	// What it answers is zero: no decision is that.
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
	opUnreachable, opBr, opBrIf, opReturn, opCall      = 0x00, 0x0c, 0x0d, 0x0f, 0x10
	opDrop, opLocalGet, opI64Load, opMemoryGrow        = 0x1a, 0x20, 0x29, 0x40
	opI64Const, opI32Ne, opI64Eq, componentCoreSection = 0x42, 0x47, 0x51, 1
)

func hostilePolicy(t *testing.T) Policy {
	t.Helper()
	return Policy{Component: inSection(t, defaultPolicy, componentCoreSection, func(core []byte) []byte {
		exports := sectionOf(t, core, exportSection)
		// A policy imports nothing, so that a function has the number of its body. The time is the third word of what decide is asked,
		// and the third or the fourth of what effective and explain are.
		decide, call := exportedFunction(t, exports, decideName), exportedFunction(t, exports, callName)
		changed, err := changeFunctions(core, func(index int, instructions []byte) []byte {
			switch index {
			case decide:
				return append(guardCode(index, opI64Const, 16), instructions...)
			case call:
				return append(guardCode(index, opI32Const, 16, 24), instructions...)
			default:
				return instructions
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return changed
	})}
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

// inSection changes a section of a kind in a module or a component.
func inSection(t *testing.T, module []byte, wanted byte, change func([]byte) []byte) []byte {
	t.Helper()
	found := false
	changed, err := changeSections(module, func(kind byte, content []byte) ([]byte, error) {
		if kind == wanted && !found {
			found = true
			content = change(content)
		}
		return section(kind, content), nil
	})
	if err != nil || !found {
		t.Fatalf("there is no section %d: %v", wanted, err)
	}
	return changed
}

func sectionOf(t *testing.T, module []byte, kind byte) (content []byte) {
	inSection(t, module, kind, func(found []byte) []byte { content = found; return found })
	return content
}

func exportedFunction(t *testing.T, exports []byte, name string) int {
	t.Helper()
	at := bytes.Index(exports, slices.Concat(binary.AppendUvarint(nil, uint64(len(name))), []byte(name), []byte{0}))
	if at < 0 {
		t.Fatalf("%s is not exported", name)
	}
	function, _ := binary.Uvarint(exports[at+len(binary.AppendUvarint(nil, uint64(len(name))))+len(name)+1:])
	return int(function)
}

// What a policy does wrong is an error by name, never a decision, and the next question is answered.
func TestMisdeeds(t *testing.T) {
	for _, misdeed := range misdeeds {
		t.Run(misdeed.name, func(t *testing.T) {
			deadline := time.Minute
			if misdeed.name == "loop" || misdeed.name == "recursion" {
				deadline = 50 * time.Millisecond
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

// A module is changed, whatever it has, and what is cut off is refused.
func TestEachFunctionCountsDown(t *testing.T) {
	// One function without parameters that answers 7, as `answer`; with and without a global of its own.
	small := func(sections ...[]byte) []byte {
		module := []byte("\x00asm\x01\x00\x00\x00")
		module = append(module, section(1, []byte{1, 0x60, 0, 1, typeI32})...)
		module = append(module, section(3, []byte{1, 0})...)
		return append(module, slices.Concat(sections...)...)
	}
	global := section(globalSection, []byte{1, typeI32, mutable, opI32Const, 7, opEnd})
	exported := section(exportSection, append([]byte{1, 6}, "answer\x00\x00"...))
	constant := section(codeSection, []byte{1, 6, 1, 1, typeI32, opI32Const, 7, opEnd})
	own := section(codeSection, []byte{1, 4, 0, opGlobalGet, 0, opEnd})
	engine, err := engineFor(&Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, core := range [][]byte{small(exported, constant), small(global, exported, own), small(global, exported, constant)} {
		looking, err := withLooks(core)
		if err != nil {
			t.Fatal(err)
		}
		instance, err := engine.policies.Instantiate(ctx, looking)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 * callsBetweenLooks {
			if answer, err := instance.ExportedFunction("answer").Call(ctx); err != nil || answer[0] != 7 {
				t.Fatal(answer, err)
			}
		}
		instance.Close(ctx)
		for length := range core[:len(core)-1] {
			if changed, err := withLooks(core[:length]); err == nil && len(changed) >= len(looking) {
				t.Errorf("cut off after %d bytes", length)
			}
		}
	}
}
