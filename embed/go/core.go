package clearance

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// The core module of a policy is changed in two ways before it is compiled.
//
// wazero looks whether a call must end at the head of each loop, and nowhere else. Functions that call themselves without a loop would run
// on, and no garbage collection could begin meanwhile, so that the whole process would stand still. So each function counts down when it
// begins, and goes through an empty loop now and then.
//
// Each call that wazero can end starts a goroutine. So two functions are added that reserve room for a question, copy it there and ask it, in
// one call in place of two or three.

const (
	// callsBetweenLooks is the number of calls after which an empty loop comes. A look costs as much as some twenty calls.
	callsBetweenLooks = 1024

	askDecideName = "clearance:embed/go#decide"
	askCallName   = "clearance:embed/go#call"
)

const (
	typeSection, functionSection, globalSection, exportSection, codeSection = 1, 3, 6, 7, 10

	typeFunction, typeI32, typeI64, emptyType, mutable = 0x60, 0x7f, 0x7e, 0x40, 0x01

	opLoop, opIf, opEnd, opCall         = 0x03, 0x04, 0x0b, 0x10
	opLocalGet, opLocalTee              = 0x20, 0x22
	opGlobalGet, opGlobalSet            = 0x23, 0x24
	opI32Const, opI32Eqz, opI32Sub      = 0x41, 0x45, 0x6b
	opPrefix, opMemoryCopy, exportsFunc = 0xfc, 0x0a, 0x00
)

// sectionOrder is the order that sections must have. A custom section may stand anywhere.
var sectionOrder = []byte{1, 2, 3, 4, 5, 13, globalSection, exportSection, 8, 9, 12, codeSection, 11}

var errCut = errors.New("the core module is cut off")

// prepare is the same module, changed as the text above says.
func prepare(core []byte) ([]byte, error) {
	m, err := readCore(core)
	if err != nil {
		return nil, err
	}
	if err := m.countDown(); err != nil {
		return nil, err
	}
	exports, err := m.exportedFunctions()
	if err != nil {
		return nil, err
	}
	for _, name := range []string{reserveName, decideName, callName, releaseName} {
		if _, exported := exports[name]; !exported {
			return nil, fmt.Errorf("it does not export %s", name)
		}
	}
	call := func(name string) []byte { return binary.AppendUvarint([]byte{opCall}, exports[name]) }
	// The parameters are where the question is and its length, and for `call` also the answer before, which is released.
	const from, length = 0, 1
	ask := func(to byte, name string) []byte {
		return slices.Concat(
			[]byte{opI32Const, 0, opI32Const, 0, opI32Const, 1, opLocalGet, length}, call(reserveName),
			[]byte{opLocalTee, to, opLocalGet, from, opLocalGet, length, opPrefix, opMemoryCopy, 0, 0},
			[]byte{opLocalGet, to, opLocalGet, length}, call(name), []byte{opEnd},
		)
	}
	err = m.addFunction(askDecideName, []byte{typeFunction, 2, typeI32, typeI32, 1, typeI64}, ask(2, decideName))
	if err != nil {
		return nil, err
	}
	const before = 2
	release := slices.Concat([]byte{opLocalGet, before, opIf, emptyType, opLocalGet, before}, call(releaseName), []byte{opEnd})
	err = m.addFunction(askCallName, []byte{typeFunction, 3, typeI32, typeI32, typeI32, 1, typeI32}, append(release, ask(3, callName)...))
	return m.bytes(), err
}

// countDown lets each function count down a new global when it begins.
func (m *coreModule) countDown() error {
	start := binary.AppendUvarint([]byte{opI32Const}, callsBetweenLooks)
	global, err := m.section(globalSection).add(slices.Concat([]byte{typeI32, mutable}, start, []byte{opEnd}))
	if err != nil {
		return err
	}
	index := binary.AppendUvarint(nil, global)
	look := slices.Concat(
		[]byte{opGlobalGet}, index, []byte{opI32Const, 1, opI32Sub, opGlobalSet}, index,
		[]byte{opGlobalGet}, index, []byte{opI32Eqz, opIf, emptyType},
		start, []byte{opGlobalSet}, index, []byte{opLoop, emptyType, opEnd},
		[]byte{opEnd},
	)
	return m.changeFunctions(func(_ int, instructions []byte) []byte { return slices.Concat(look, instructions) })
}

// coreModule is a core module as its sections.
type coreModule struct {
	head     []byte
	sections []*section
}

type section struct {
	kind    byte
	content []byte
}

// readCore reads a module, or any other file of WebAssembly that has a head and sections.
func readCore(core []byte) (*coreModule, error) {
	const headSize = 8
	if len(core) < headSize {
		return nil, errCut
	}
	m := &coreModule{head: core[:headSize]}
	for rest := core[headSize:]; len(rest) > 0; {
		kind := rest[0]
		content, after, err := sized(rest[1:])
		if err != nil {
			return nil, err
		}
		m.sections = append(m.sections, &section{kind, content})
		rest = after
	}
	return m, nil
}

func (m *coreModule) bytes() []byte {
	core := slices.Clone(m.head)
	for _, section := range m.sections {
		core = appendSized(append(core, section.kind), section.content)
	}
	return core
}

// section is the section of a kind. An empty one is added where there is none.
func (m *coreModule) section(kind byte) *section {
	at := len(m.sections)
	for index, section := range m.sections {
		if section.kind == kind {
			return section
		}
		if slices.Index(sectionOrder, section.kind) > slices.Index(sectionOrder, kind) {
			at = min(at, index)
		}
	}
	empty := &section{kind, []byte{0}}
	m.sections = slices.Insert(m.sections, at, empty)
	return empty
}

// add adds an item to a list, and answers its index.
func (s *section) add(item []byte) (uint64, error) {
	count, items, err := number(s.content)
	s.content = slices.Concat(binary.AppendUvarint(nil, count+1), items, item)
	return count, err
}

// addFunction adds a function that has one local of 32 bits besides its parameters. A policy imports nothing, so that its number is its
// place.
func (m *coreModule) addFunction(name string, signature, instructions []byte) error {
	ty, err := m.section(typeSection).add(signature)
	if err != nil {
		return err
	}
	function, err := m.section(functionSection).add(binary.AppendUvarint(nil, ty))
	if err != nil {
		return err
	}
	body := append([]byte{1, 1, typeI32}, instructions...)
	if _, err = m.section(codeSection).add(appendSized(nil, body)); err != nil {
		return err
	}
	export := append(appendSized(nil, []byte(name)), exportsFunc)
	_, err = m.section(exportSection).add(binary.AppendUvarint(export, function))
	return err
}

// exportedFunctions are the numbers of the functions that the module exports.
func (m *coreModule) exportedFunctions() (map[string]uint64, error) {
	exports := map[string]uint64{}
	count, rest, err := number(m.section(exportSection).content)
	for ; err == nil && count > 0; count-- {
		var name []byte
		if name, rest, err = sized(rest); err != nil || len(rest) == 0 {
			return nil, errCut
		}
		kind := rest[0]
		var index uint64
		if index, rest, err = number(rest[1:]); kind == exportsFunc {
			exports[string(name)] = index
		}
	}
	return exports, err
}

// changeFunctions puts other instructions into the functions.
func (m *coreModule) changeFunctions(change func(index int, instructions []byte) []byte) error {
	code := m.section(codeSection)
	functions, rest, err := number(code.content)
	if err != nil {
		return err
	}
	changed := binary.AppendUvarint(nil, functions)
	for index := range functions {
		var body []byte
		if body, rest, err = sized(rest); err != nil {
			return err
		}
		instructions, err := afterLocals(body)
		if err != nil {
			return err
		}
		locals := body[:len(body)-len(instructions)]
		changed = appendSized(changed, slices.Concat(locals, change(int(index), instructions)))
	}
	code.content = append(changed, rest...)
	return nil
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
