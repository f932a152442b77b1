package clearance

import (
	"context"
	"encoding/json"
	"fmt"
)

// The codes that this package itself gives. [Error.Code] may be any other word that the authorizer answers.
const (
	// CodeMalformed: a question or a change has not the form that it must have.
	CodeMalformed = "malformed"
	// CodeTime: the moment that is asked about is not between 1970 and 9999.
	CodeTime = "time"
	// CodeInvalid: a policy is a component, and cannot be compiled.
	CodeInvalid = "invalid"
	// CodeLost: the authorizer stopped and its data is lost. Load it again.
	CodeLost = "lost"
	// CodeClosed: the authorizer was closed.
	CodeClosed = "closed"
	// CodeCanceled: the context ended before there was an answer. The error wraps that of the context.
	CodeCanceled = "canceled"
	// CodeCache: the folder for compiled code cannot be used.
	CodeCache = "cache"
)

// Error says why a call was not answered. This is never a denial: refuse, and look for the cause.
//
// Every error of this package is an *Error, so that errors.As finds its code.
type Error struct {
	// Code is the same word in every language: trap, deadline, malformed, refused, not-a-component, unsigned, lost, …
	Code string
	// Message is a sentence for people: what is wrong, where, and what to do. It may change.
	Message string
	// Field is the field that is wrong, as a path such as check.at. It is empty where the error is not about one field.
	Field string
	// Index says which change of a batch, or which of many questions, the error is about, counted from 0. It is -1 where the error is
	// not about one of several.
	Index int

	cause error
}

// Error is the message and the code.
func (e *Error) Error() string {
	return "clearance: " + e.Message + " (" + e.Code + ")"
}

// Unwrap is what caused the error: an error of the runtime or of a context. It is nil where the authorizer itself said no.
func (e *Error) Unwrap() error {
	return e.cause
}

// failure is an error that is not about one of several.
func failure(code string, cause error, format string, values ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, values...), Index: -1, cause: cause}
}

func wrongField(field, format string, values ...any) *Error {
	err := failure(CodeMalformed, nil, "`"+field+"` "+format, values...)
	err.Field = field
	return err
}

// canceled is the error of a context that has ended. It is nil while the context has not.
func canceled(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	cause := context.Cause(ctx)
	return failure(CodeCanceled, cause, "the context ended before there was an answer: %v", cause)
}

func lost(cause error) *Error {
	return failure(CodeLost, cause, "the authorizer stopped and its data is lost: load it again")
}

// readFailure is the error that the authorizer wrote as JSON.
func readFailure(text []byte, cause error) *Error {
	var said struct {
		Error   string `json:"error"`
		Message string `json:"message"`
		Field   string `json:"field"`
		Index   *int   `json:"index"`
	}
	if err := json.Unmarshal(text, &said); err != nil || said.Error == "" {
		return lost(fmt.Errorf("its error cannot be read: %w", err))
	}
	failed := &Error{Code: said.Error, Message: said.Message, Field: said.Field, Index: -1, cause: cause}
	if said.Index != nil {
		failed.Index = *said.Index
	}
	return failed
}
