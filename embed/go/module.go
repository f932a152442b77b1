package clearance

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero/api"
)

// What a function of the module answers.
const (
	failedBit  = 1 << 31
	spoiltBit  = 1 << 30
	allowedBit = 1 << 8
	reasonBits = 0xff
)

// roomBytes is how many bytes the three texts of a check may have together before room is made for them alone.
const roomBytes = 1024

var errOutside = errors.New("the module named a place outside of its memory")

// module is an instance of the authorizer.
type module struct {
	instance                                                   api.Module
	memory                                                     api.Memory
	input, answerRoom                                          api.Function
	check, ask, load, apply, openComponent, addVersion, output api.Function
	// outputAt is the address of the words that say where an answer is.
	outputAt uint32
	// room is where the texts of a check are written. It is 0 if it must be asked for again.
	room uint32
	// stack holds the parameters and the result of a call.
	stack [8]uint64
	// nested is the same for the call of answer, which comes while another one is under way.
	nested [1]uint64
	// reasons are the words of the reasons, by number.
	reasons []string
}

func newModule(ctx context.Context, instance api.Module) (*module, error) {
	m := &module{instance: instance, memory: instance.Memory()}
	for name, function := range map[string]*api.Function{
		"input": &m.input, "answer": &m.answerRoom, "output": &m.output, "check": &m.check, "ask": &m.ask, "load": &m.load,
		"apply": &m.apply, "open_component": &m.openComponent, "add_version": &m.addVersion,
	} {
		if *function = instance.ExportedFunction(name); *function == nil {
			return nil, fmt.Errorf("the module of the authorizer does not export %s", name)
		}
	}
	if err := m.output.CallWithStack(ctx, m.stack[:]); err != nil {
		return nil, err
	}
	m.outputAt = uint32(m.stack[0])
	return m, nil
}

// readReasons asks for the words of the reasons.
func (m *module) readReasons(ctx context.Context) error {
	request := []byte(`{"words": {}}`)
	at, err := m.reserve(ctx, len(request))
	if err != nil {
		return err
	}
	m.memory.Write(at, request)
	m.stack[0] = 0 // now
	if err := m.ask.CallWithStack(ctx, m.stack[:]); err != nil {
		return err
	}
	text, ok := m.text()
	if !ok {
		return errOutside
	}
	var words struct {
		Reasons []string `json:"reasons"`
	}
	err = json.Unmarshal(text, &words)
	m.reasons = words.Reasons
	return err
}

// reserve makes room for an input, and answers where.
func (m *module) reserve(ctx context.Context, length int) (uint32, error) {
	m.stack[0] = uint64(length)
	err := m.input.CallWithStack(ctx, m.stack[:])
	return uint32(m.stack[0]), err
}

// roomFor answers where the texts of a check are written. Most find room in the same place as before.
func (m *module) roomFor(ctx context.Context, length int) (uint32, error) {
	if length > roomBytes {
		m.room = 0
		return m.reserve(ctx, length)
	}
	var err error
	if m.room == 0 {
		m.room, err = m.reserve(ctx, roomBytes)
	}
	return m.room, err
}

// words are the words at output.
func (m *module) words() ([]byte, bool) {
	return m.memory.Read(m.outputAt, 5*4)
}

func wordAt(words []byte, index int) uint32 {
	return binary.LittleEndian.Uint32(words[4*index:])
}

// text is the text of the last answer. It lasts until the next call.
func (m *module) text() ([]byte, bool) {
	words, ok := m.words()
	if !ok {
		return nil, false
	}
	return m.memory.Read(wordAt(words, 0), wordAt(words, 1))
}

// bindingAndVersion is what a check left: the id of the binding that grants, and the number of the version that decided.
func (m *module) bindingAndVersion() (binding []byte, version uint32, ok bool) {
	words, ok := m.words()
	if !ok {
		return nil, 0, false
	}
	version = wordAt(words, 2)
	if length := wordAt(words, 1); length > 0 {
		binding, ok = m.memory.Read(wordAt(words, 0), length)
	}
	return binding, version, ok
}

// core is a copy of the core module that was opened last.
func (m *module) core() ([]byte, bool) {
	words, ok := m.words()
	if !ok {
		return nil, false
	}
	core, ok := m.memory.Read(wordAt(words, 3), wordAt(words, 4))
	return append([]byte(nil), core...), ok
}

func (m *module) close() {
	// It fails only where something else than memory must be closed.
	_ = m.instance.Close(context.Background())
}
