package clearance

import (
	"bytes"
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
	// code is what it does then.
	code []byte
	// codes are the errors that may come of it.
	codes []string
}{
	{"trap", badMoment(1), []byte{opUnreachable}, []string{"trap"}},
	{"loop", badMoment(2), []byte{opLoop, typeEmpty, opBr, 0, opEnd}, []string{"deadline", "timeout"}},
	{"memory", badMoment(3), []byte{
		opLoop, typeEmpty, opI32Const, 16, opMemoryGrow, 0, opI32Const, 0x7f, opI32Ne, opBrIf, 0, opEnd, opUnreachable,
	}, []string{"trap", "memory"}},
	// It calls itself, by the number of the function, which comes behind the instruction.
	{"stack", badMoment(4), []byte{opLocalGet, 0, opLocalGet, 1, opCall}, []string{"stack"}},
}

func badMoment(day int) time.Time {
	return time.Date(2031, 1, day, 0, 0, 0, 0, time.UTC)
}

const (
	opUnreachable, opLoop, opIf, opEnd, opBr, opBrIf, opCall = 0x00, 0x03, 0x04, 0x0b, 0x0c, 0x0d, 0x10
	opDrop, opLocalGet, opI64Load, opMemoryGrow, opI32Const  = 0x1a, 0x20, 0x29, 0x40, 0x41
	opI64Const, opI32Ne, opI64Eq, typeEmpty                  = 0x42, 0x47, 0x51, 0x40
)

func hostilePolicy(t *testing.T) Policy {
	t.Helper()
	return Policy{Component: inSection(t, defaultPolicy, 1, func(core []byte) []byte {
		exports := section(t, core, 7)
		imported := 0 // A policy imports nothing.
		// The time is the third word of what decide is asked, and of call's effective and explain the third and the fourth.
		places := map[string][]uint64{decideName: {16}, callName: {16, 24}}
		return inSection(t, core, 10, func(code []byte) []byte {
			bodies := readBodies(code)
			for name, offsets := range places {
				function := exportedFunction(t, exports, name)
				body := bodies[function-imported]
				at := localsLength(body)
				bodies[function-imported] = slices.Concat(body[:at], guardCode(function, offsets), body[at:])
			}
			return writeBodies(bodies)
		})
	})}
}

// guardCode compares the time in the question, and misbehaves where it is a bad moment.
func guardCode(function int, offsets []uint64) []byte {
	var code []byte
	for _, misdeed := range misdeeds {
		for _, offset := range offsets {
			code = append(code, opLocalGet, 0, opI64Load, 0)
			code = binary.AppendUvarint(code, offset)
			code = append(code, opI64Const)
			code = appendSigned(code, misdeed.at.UnixMilli())
			code = append(code, opI64Eq, opIf, typeEmpty)
			code = append(code, misdeed.code...)
			if misdeed.name == "stack" {
				code = binary.AppendUvarint(code, uint64(function))
				code = append(code, opDrop)
			}
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

// inSection changes the first section of a kind in a module or a component.
func inSection(t *testing.T, module []byte, kind byte, change func([]byte) []byte) []byte {
	t.Helper()
	for at := 8; at < len(module); {
		size, width := binary.Uvarint(module[at+1:])
		start := at + 1 + width
		if module[at] == kind {
			content := change(module[start : start+int(size)])
			head := binary.AppendUvarint([]byte{kind}, uint64(len(content)))
			return slices.Concat(module[:at], head, content, module[start+int(size):])
		}
		at = start + int(size)
	}
	t.Fatalf("there is no section %d", kind)
	return nil
}

func section(t *testing.T, module []byte, kind byte) (content []byte) {
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

func readBodies(code []byte) (bodies [][]byte) {
	count, at := binary.Uvarint(code)
	for range count {
		size, width := binary.Uvarint(code[at:])
		at += width
		bodies = append(bodies, code[at:at+int(size)])
		at += int(size)
	}
	return bodies
}

func writeBodies(bodies [][]byte) []byte {
	code := binary.AppendUvarint(nil, uint64(len(bodies)))
	for _, body := range bodies {
		code = binary.AppendUvarint(code, uint64(len(body)))
		code = append(code, body...)
	}
	return code
}

// localsLength is how many bytes of a body say which locals there are.
func localsLength(body []byte) int {
	groups, at := binary.Uvarint(body)
	for range groups {
		_, width := binary.Uvarint(body[at:])
		at += width + 1
	}
	return at
}

// What a policy does wrong is an error by name, never a decision, and the next question is answered.
func TestMisdeeds(t *testing.T) {
	for _, misdeed := range misdeeds {
		t.Run(misdeed.name, func(t *testing.T) {
			deadline := time.Minute
			if misdeed.name == "loop" {
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
					if failed := asError(t, err); !slices.Contains(misdeed.codes, failed.Code) || failed.Unwrap() == nil {
						t.Fatalf("round %d: %v", round, err)
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
	soon, cancel := contextWithCancel()
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err := authorizer.At(badMoment(2)).Check(soon, Key("ci"), "prompts:view", Project("shop"))
	if failed := asError(t, err); failed.Code != CodeCanceled || !isCanceled(err) {
		t.Errorf("%v", err)
	}
	if _, err := authorizer.At(noon).Check(ctx, Key("ci"), "prompts:view", Project("shop")); err != nil {
		t.Error(err)
	}
}
