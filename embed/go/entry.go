package clearance

import (
	"encoding/binary"
	"errors"
	"slices"
)

// wazero looks whether a call must end at the head of each loop, and nowhere else. Functions that call themselves without a loop would run
// on, and no garbage collection could begin meanwhile, so that the whole process would stand still. So each function of a policy counts
// down when it begins, and goes through an empty loop now and then.

const (
	globalSection, exportSection, codeSection, dataCountSection = 6, 7, 10, 12
	headSize                                                    = 8
	// callsBetweenLooks is the number of calls after which an empty loop comes. A look costs as much as some twenty calls.
	callsBetweenLooks = 1024

	opLoop, opIf, opEnd                 = 0x03, 0x04, 0x0b
	opGlobalGet, opGlobalSet            = 0x23, 0x24
	opI32Const, opI32Eqz, opI32Sub      = 0x41, 0x45, 0x6b
	typeI32, emptyType, mutable    byte = 0x7f, 0x40, 0x01
)

var errCut = errors.New("the core module is cut off")

// withLooks is the same module, of which each function counts down a new global when it begins.
func withLooks(core []byte) ([]byte, error) {
	counted, counter, err := addGlobal(core)
	if err != nil {
		return nil, err
	}
	index := binary.AppendUvarint(nil, counter)
	start := binary.AppendUvarint([]byte{opI32Const}, callsBetweenLooks)
	look := slices.Concat(
		[]byte{opGlobalGet}, index, []byte{opI32Const, 1, opI32Sub, opGlobalSet}, index,
		[]byte{opGlobalGet}, index, []byte{opI32Eqz, opIf, emptyType},
		start, []byte{opGlobalSet}, index, []byte{opLoop, emptyType, opEnd},
		[]byte{opEnd},
	)
	return changeFunctions(counted, func(_ int, instructions []byte) []byte {
		return slices.Concat(look, instructions)
	})
}

// addGlobal is the same module with one more global, and the number of that. A policy imports none.
func addGlobal(core []byte) (changed []byte, index uint64, err error) {
	global := binary.AppendUvarint([]byte{typeI32, mutable, opI32Const}, callsBetweenLooks)
	global = append(global, opEnd)
	added := false
	changed, err = changeSections(core, func(kind byte, content []byte) ([]byte, error) {
		switch {
		case kind == globalSection:
			var globals []byte
			var err error
			index, globals, err = number(content)
			added = true
			return section(kind, slices.Concat(binary.AppendUvarint(nil, index+1), globals, global)), err
		case !added && kind >= exportSection && kind <= dataCountSection:
			added = true
			return append(section(globalSection, append([]byte{1}, global...)), section(kind, content)...), nil
		default:
			return section(kind, content), nil
		}
	})
	return changed, index, err
}

// changeFunctions is the same module with other instructions in its functions.
func changeFunctions(core []byte, change func(index int, instructions []byte) []byte) ([]byte, error) {
	return changeSections(core, func(kind byte, content []byte) ([]byte, error) {
		if kind != codeSection {
			return section(kind, content), nil
		}
		code, err := changeCode(content, change)
		return section(kind, code), err
	})
}

// changeSections is the same module with other sections.
func changeSections(core []byte, change func(kind byte, content []byte) ([]byte, error)) ([]byte, error) {
	if len(core) < headSize {
		return nil, errCut
	}
	changed := append(make([]byte, 0, len(core)+len(core)/16), core[:headSize]...)
	rest := core[headSize:]
	for len(rest) > 0 {
		kind := rest[0]
		content, after, err := sized(rest[1:])
		var sections []byte
		if err == nil {
			sections, err = change(kind, content)
		}
		if err != nil {
			return nil, err
		}
		changed = append(changed, sections...)
		rest = after
	}
	return changed, nil
}

func changeCode(code []byte, change func(index int, instructions []byte) []byte) ([]byte, error) {
	functions, rest, err := number(code)
	if err != nil {
		return nil, err
	}
	changed := binary.AppendUvarint(nil, functions)
	for index := range functions {
		var body []byte
		if body, rest, err = sized(rest); err != nil {
			return nil, err
		}
		instructions, err := afterLocals(body)
		if err != nil {
			return nil, err
		}
		locals := body[:len(body)-len(instructions)]
		changed = appendSized(changed, slices.Concat(locals, change(int(index), instructions)))
	}
	return append(changed, rest...), nil
}

// afterLocals skips what says which locals a function has: groups of a count and a type.
func afterLocals(body []byte) ([]byte, error) {
	groups, rest, err := number(body)
	for range groups {
		if err == nil {
			_, rest, err = number(rest)
		}
		if err != nil || len(rest) == 0 {
			return nil, errCut
		}
		rest = rest[1:] // The types of wazero have one byte.
	}
	return rest, err
}

// sized reads a number of bytes, and that many bytes.
func sized(bytes []byte) (content, rest []byte, err error) {
	size, rest, err := number(bytes)
	if err != nil || size > uint64(len(rest)) {
		return nil, nil, errCut
	}
	return rest[:size], rest[size:], nil
}

// section is a section as a module has it.
func section(kind byte, content []byte) []byte {
	return appendSized([]byte{kind}, content)
}

func appendSized(to, content []byte) []byte {
	return append(binary.AppendUvarint(to, uint64(len(content))), content...)
}

// number reads a number in LEB128.
func number(bytes []byte) (uint64, []byte, error) {
	number, width := binary.Uvarint(bytes)
	if width <= 0 {
		return 0, nil, errCut
	}
	return number, bytes[width:], nil
}
