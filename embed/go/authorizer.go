package clearance

import (
	"context"
	"encoding/json"
	"math"
	"runtime"
	"sync"
	"time"

	"github.com/tetratelabs/wazero/api"
)

// Options say how to load an [Authorizer]. The zero value, and nil, stand for the default policy and the limits named below.
type Options struct {
	// Policy is the policy. Without it, it is the default one, which is part of this package.
	Policy *Policy
	// TrustedKeys are the public keys of minisign whose owners may say what a policy is.
	TrustedKeys []string
	// AllowUnsigned says that a policy which nobody signed is taken.
	AllowUnsigned bool
	// Deadline is how much processor time this process may use during one call of a policy. 0 stands for 500 ms. Time in which the
	// machine runs other programs does not count, so that a busy machine makes no question fail; after twenty times the deadline the
	// call is stopped all the same. It is looked at five times in its course.
	Deadline time.Duration
	// MemoryLimitPages is how many pages of 64 KiB the authorizer may use for the data and its answers. 0 stands for 16384 pages,
	// 1 GiB. While its memory grows, the process holds it twice for a moment. A policy has 1024 pages of its own, always.
	MemoryLimitPages uint32
	// CacheDir is a folder for compiled code, which makes the next start of a program many times faster. The folder is made where there
	// is none. A user who can write there decides what this process runs, so a folder is refused that others can write, or that
	// lies in one that others can write; so are all folders where the system is not Unix. Without it, compiled code is kept in memory, for
	// all authorizers of the process.
	CacheDir string
}

// Policy is a policy: a component that `clearance policy build` wrote, and its signature by minisign.
type Policy struct {
	Component []byte
	Signature string
}

// Change is one change of the data: an object whose one field is the name of the change, such as
// Change{"removeBinding": "b2"}.
type Change map[string]any

// Authorizer answers permission questions over a directory in memory. It may be used by any number of goroutines.
type Authorizer struct {
	// mu is held while the module is used: it has one thread.
	mu sync.Mutex
	// module is nil once it is lost or closed. gone says which.
	module  *module
	gone    *Error
	engine  *engine
	trust   trust
	context *callContext
	// resources are what has to be closed. They do not refer to the Authorizer.
	resources   *resources
	nextVersion uint32
	watchdog    *watchdog
	// asking is the context of a question, for which a policy is stopped when it ends. It is nil while data or versions change:
	// they must not be left half known.
	asking context.Context
	// cause is what stopped a policy, to be the cause of the error that becomes of it.
	cause error
	// ids are the ids of bindings that were answered before, so that they need no new memory.
	ids map[string]string
}

// resources are the instances of an authorizer.
type resources struct {
	module   *module
	versions map[uint32]*version
}

// maxIDs is the number of ids of bindings that are kept.
const maxIDs = 4096

// Load loads data and a policy. The data is the text of a directory file; encode your own types with encoding/json. Close the authorizer
// when it is not needed any more.
func Load(ctx context.Context, directory []byte, options *Options) (*Authorizer, error) {
	if options == nil {
		options = &Options{}
	}
	if err := canceled(ctx); err != nil {
		return nil, err
	}
	engine, err := engineFor(options)
	if err != nil {
		return nil, err
	}
	a := &Authorizer{
		engine:      engine,
		trust:       trust{TrustedKeys: options.TrustedKeys, AllowUnsigned: options.AllowUnsigned},
		resources:   &resources{versions: map[uint32]*version{}},
		nextVersion: 1,
		watchdog:    newWatchdog(options.Deadline),
		ids:         map[string]string{},
	}
	a.context = &callContext{context.Background(), a}
	a.module, err = engine.startAuthorizer(a.context)
	if err != nil {
		return nil, err
	}
	a.resources.module = a.module
	runtime.AddCleanup(a, (*resources).close, a.resources)
	err = a.open(ctx, options.Policy, func(version uint32) error {
		_, err := a.call(a.module.load, directory, uint64(version))
		return err
	})
	if err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

// Close lets go of the data and of every policy. Every later call is answered with the code closed.
func (a *Authorizer) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.end(failure(CodeClosed, nil, "the authorizer was closed"))
	return nil
}

// end lets go of everything. The lock is held.
func (a *Authorizer) end(gone *Error) {
	if a.module == nil {
		return
	}
	a.module, a.gone, a.ids = nil, gone, nil
	a.resources.close()
}

func (r *resources) close() {
	r.module.close()
	for number, version := range r.versions {
		version.guest.close()
		delete(r.versions, number)
	}
}

// begin takes the lock, unless the context has ended or the authorizer is gone.
func (a *Authorizer) begin(ctx context.Context) error {
	if err := canceled(ctx); err != nil {
		return err
	}
	a.mu.Lock()
	err := canceled(ctx)
	if err == nil && a.module == nil {
		// A copy, because the caller may write to it.
		gone := *a.gone
		err = &gone
	}
	if err != nil {
		a.mu.Unlock()
	}
	return err
}

// call calls a function of the module with an input, and answers its text, which lasts until the next call. The lock is held.
func (a *Authorizer) call(function api.Function, input []byte, parameters ...uint64) ([]byte, error) {
	m := a.module
	m.room, a.cause = 0, nil
	at, err := m.reserve(a.context, len(input))
	if err == nil {
		if !m.memory.Write(at, input) {
			err = errOutside
		} else {
			copy(m.stack[:], parameters)
			err = function.CallWithStack(a.context, m.stack[:])
		}
	}
	if err != nil {
		return nil, a.lose(err)
	}
	return a.answer(uint32(m.stack[0]))
}

// lose lets go of the module, because half of something may be written in it.
func (a *Authorizer) lose(cause error) error {
	a.end(lost(cause))
	return lost(cause)
}

// answer reads what a call left behind.
func (a *Authorizer) answer(word uint32) ([]byte, error) {
	if word&spoiltBit != 0 {
		for _, version := range a.resources.versions {
			version.guest.drop()
		}
	}
	text, ok := a.module.text()
	if !ok {
		return nil, a.lose(errOutside)
	}
	if word&failedBit == 0 {
		return text, nil
	}
	cause := a.cause
	a.cause = nil
	if ended, ok := cause.(*Error); ok {
		return nil, ended
	}
	return nil, readFailure(text, cause)
}

// check is the hot path. The lock is held.
func (a *Authorizer) check(ctx context.Context, principal Principal, permission string, at Place, now float64) (Decision, error) {
	if principal.kind == 0 {
		return Decision{}, principal.check("principal")
	}
	if at.kind == 0 {
		return Decision{}, at.check("at")
	}
	m := a.module
	length := len(principal.id) + len(permission) + len(at.id)
	room, err := m.roomFor(a.context, length)
	if err != nil {
		return Decision{}, a.lose(err)
	}
	second := room + uint32(len(principal.id))
	third := second + uint32(len(permission))
	if !m.memory.WriteString(room, principal.id) || !m.memory.WriteString(second, permission) || !m.memory.WriteString(third, at.id) {
		return Decision{}, a.lose(errOutside)
	}
	m.stack[0] = uint64(principal.kind-1) | uint64(at.kind-1)<<2
	m.stack[1] = uint64(len(principal.id))
	m.stack[2] = uint64(len(permission))
	m.stack[3] = uint64(len(at.id))
	m.stack[4] = math.Float64bits(now)
	a.asking, a.cause = ctx, nil
	err = m.check.CallWithStack(a.context, m.stack[:])
	a.asking = nil
	if err != nil {
		return Decision{}, a.lose(err)
	}
	word := uint32(m.stack[0])
	if word&(failedBit|spoiltBit) != 0 {
		if _, err := a.answer(word); err != nil {
			return Decision{}, err
		}
	}
	binding, number, ok := m.bindingAndVersion()
	reason := int(word & reasonBits)
	if !ok || reason >= len(m.reasons) {
		return Decision{}, a.lose(errOutside)
	}
	decision := Decision{Allow: word&allowedBit != 0, Reason: m.reasons[reason]}
	if version := a.resources.versions[number]; version != nil {
		decision.Policy = version.digest
	}
	if len(binding) > 0 {
		decision.Binding = a.idOf(binding)
	}
	return decision, nil
}

// idOf is an id as a string.
func (a *Authorizer) idOf(text []byte) string {
	if id, kept := a.ids[string(text)]; kept {
		return id
	}
	if len(a.ids) >= maxIDs {
		clear(a.ids)
	}
	id := string(text)
	a.ids[id] = id
	return id
}

// ask asks a request. The lock is held, and the answer lasts until the next call.
func (a *Authorizer) ask(request []byte, now float64) ([]byte, error) {
	return a.call(a.module.ask, request, math.Float64bits(now))
}

// Apply makes all changes of the data, or none, as `POST /v1/directory/changes` does. The next question sees them.
func (a *Authorizer) Apply(ctx context.Context, changes ...Change) error {
	text, err := json.Marshal(append([]Change{}, changes...))
	if err != nil {
		return failure(CodeMalformed, err, "the changes cannot be written as JSON: %v", err)
	}
	if hasReplaced(text) {
		return failure(CodeMalformed, nil, "a change holds a text that is not UTF-8")
	}
	return a.ApplyJSON(ctx, text)
}

// ApplyJSON is Apply for a list of changes that is JSON already.
func (a *Authorizer) ApplyJSON(ctx context.Context, changes []byte) error {
	if err := a.begin(ctx); err != nil {
		return err
	}
	defer a.mu.Unlock()
	_, err := a.call(a.module.apply, changes)
	return err
}

// hasReplaced says whether encoding/json replaced bytes that are not UTF-8. It writes `\ufffd` for them, and the character itself as it is.
func hasReplaced(text []byte) bool {
	const replacement = `\ufffd`
	for at := 0; at < len(text); at++ {
		if text[at] != '\\' {
			continue
		}
		if len(text)-at >= len(replacement) && string(text[at:at+len(replacement)]) == replacement {
			return true
		}
		at++ // What is escaped is not a backslash that escapes.
	}
	return false
}

// Describe is what the live version knows.
func (a *Authorizer) Describe(ctx context.Context) (answer Catalog, err error) {
	text, err := a.Ask(ctx, []byte(`{"describe": {}}`))
	if err == nil {
		err = readAnswer(text, &answer)
	}
	return answer, err
}

// Document is all the data, as a directory file.
func (a *Authorizer) Document(ctx context.Context) (json.RawMessage, error) {
	return a.Ask(ctx, []byte(`{"document": {}}`))
}
