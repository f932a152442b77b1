package main

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// coreModule returns the core module inside a component.
//
// A component is a preamble of 8 bytes and then sections: a byte that says what it holds, its size in LEB128, its bytes. A section
// 1 holds a whole core module. A policy component has exactly one.
func coreModule(component []byte) ([]byte, error) {
	const preamble = "\x00asm\x0d\x00\x01\x00"
	if len(component) < len(preamble) || string(component[:len(preamble)]) != preamble {
		return nil, errors.New("these bytes are no component")
	}
	rest := component[len(preamble):]
	for len(rest) > 0 {
		kind := rest[0]
		size, width := binary.Uvarint(rest[1:])
		if width <= 0 || size > uint64(len(rest)-1-width) {
			return nil, fmt.Errorf("section %d of the component is cut off", kind)
		}
		rest = rest[1+width:]
		if kind == 1 {
			return rest[:size], nil
		}
		rest = rest[size:]
	}
	return nil, errors.New("the component has no core module")
}
