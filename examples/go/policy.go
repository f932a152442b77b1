package main

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// Policy is a policy component's core module. It keeps nothing between calls, so one instance answers everything, one call at a time.
type Policy struct {
	memory  api.Memory
	reserve api.Function
	decide  api.Function
	call    api.Function
	release api.Function
	numbers map[string]uint32
}

// Load makes a policy of a component's bytes.
func Load(ctx context.Context, runtime wazero.Runtime, component []byte) (*Policy, error) {
	bytes, err := coreModule(component)
	if err != nil {
		return nil, err
	}
	module, err := runtime.Instantiate(ctx, bytes)
	if err != nil {
		return nil, err
	}
	p := &Policy{
		memory:  module.Memory(),
		reserve: module.ExportedFunction("cabi_realloc"),
		decide:  module.ExportedFunction("clearance:policy/wire@0.1.0#decide"),
		call:    module.ExportedFunction("clearance:policy/wire@0.1.0#call"),
		release: module.ExportedFunction("cabi_post_clearance:policy/wire@0.1.0#call"),
		numbers: map[string]uint32{},
	}
	if p.memory == nil || p.reserve == nil || p.decide == nil || p.call == nil || p.release == nil {
		return nil, errors.New("the module is none of a policy: it lacks an export")
	}
	description, err := p.ask(ctx, describeQuestion())
	if err != nil {
		return nil, err
	}
	names, err := readPermissions(description)
	for number, name := range names {
		p.numbers[name] = uint32(number)
	}
	return p, err
}

// Decide answers: may this principal do this here?
func (p *Policy) Decide(ctx context.Context, f facts, permission string) (decision, error) {
	number, known := p.numbers[permission]
	if !known {
		number = math.MaxUint32 // A number that no catalog has.
	}
	question, err := decideQuestion(number, f)
	if err != nil {
		return decision{}, err
	}
	address, err := p.write(ctx, question)
	if err != nil {
		return decision{}, err
	}
	// The module releases the question itself, and the answer is a number: there is nothing to release here.
	answer, err := p.decide.Call(ctx, address, uint64(len(question)))
	if err != nil {
		return decision{}, err
	}
	return readDecision(answer[0])
}

// ask puts one of the other questions, whose answers are bytes.
func (p *Policy) ask(ctx context.Context, question []byte) ([]byte, error) {
	address, err := p.write(ctx, question)
	if err != nil {
		return nil, err
	}
	result, err := p.call.Call(ctx, address, uint64(len(question)))
	if err != nil {
		return nil, err
	}
	// The result is the address of two numbers: the address and the length of the answer.
	place := api.DecodeU32(result[0])
	start, ok := p.memory.ReadUint32Le(place)
	length, ok2 := p.memory.ReadUint32Le(place + 4)
	view, ok3 := p.memory.Read(start, length)
	if !ok || !ok2 || !ok3 {
		return nil, fmt.Errorf("the answer lies outside the memory, at %d", place)
	}
	// Copied first: what is released may be written over.
	answer := append([]byte(nil), view...)
	_, err = p.release.Call(ctx, result[0])
	return answer, err
}

// write reserves memory in the module for a question and puts it there.
func (p *Policy) write(ctx context.Context, question []byte) (uint64, error) {
	const nothing, alignment = 0, 1
	reserved, err := p.reserve.Call(ctx, nothing, nothing, alignment, uint64(len(question)))
	if err != nil {
		return 0, err
	}
	if !p.memory.Write(api.DecodeU32(reserved[0]), question) {
		return 0, fmt.Errorf("the module reserved memory that it does not have, at %d", reserved[0])
	}
	return reserved[0], nil
}
