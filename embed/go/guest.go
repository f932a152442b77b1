package clearance

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// What a call answers to the authorizer: 0, or which limit it broke, and above the lowest four bits how high that limit is.
const (
	statusTrap           = 1
	statusDeadline       = 2
	statusTimeout        = 3
	statusStack          = 5
	statusAnswerTooLarge = 6
)

// limitBits are the bits of a status that say how high a limit is.
func limitBits(limit int64) uint32 {
	const bits = 28
	return uint32(min(limit, 1<<bits-1)) << (32 - bits)
}

const (
	decideName  = "clearance:policy/wire@0.1.0#decide"
	callName    = "clearance:policy/wire@0.1.0#call"
	releaseName = "cabi_post_clearance:policy/wire@0.1.0#call"
)

// stackKiB is where wazero stops a stack that grows.
const stackKiB = 50_000_000 / 1024

// guest is one version of a policy: its core module, and the instance that answers.
type guest struct {
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	// instance is nil until the next question starts one.
	instance                        api.Module
	memory                          api.Memory
	reserve, decideAt, callAt, free api.Function
	stack                           [4]uint64
	// stoppedBy is what last stopped a call, for the error that becomes of it.
	stoppedBy error
}

// newGuest compiles a core module. Its first instance starts with its first question.
func newGuest(ctx context.Context, runtime wazero.Runtime, core []byte) (*guest, error) {
	looking, err := withLooks(core)
	if err != nil {
		return nil, err
	}
	compiled, err := runtime.CompileModule(ctx, looking)
	if err != nil {
		return nil, err
	}
	return &guest{runtime: runtime, compiled: compiled}, nil
}

// start starts an instance. A module can compute while it starts, so that has a deadline too.
func (g *guest) start(watchdog *watchdog) error {
	ctx, cancel := context.WithTimeout(context.Background(), watchdog.deadline)
	defer cancel()
	instance, err := g.runtime.InstantiateModule(ctx, g.compiled, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		return err
	}
	g.memory = instance.Memory()
	for name, function := range map[string]*api.Function{
		"cabi_realloc": &g.reserve, decideName: &g.decideAt, callName: &g.callAt, releaseName: &g.free,
	} {
		if *function = instance.ExportedFunction(name); *function == nil {
			_ = instance.Close(ctx)
			return fmt.Errorf("the policy does not export %s", name)
		}
	}
	g.instance = instance
	return nil
}

// drop closes the instance: the next question gets a new one. One that failed may have written half of something.
func (g *guest) drop() {
	if g.instance != nil {
		_ = g.instance.Close(context.Background())
	}
	g.instance, g.memory, g.reserve, g.decideAt, g.callAt, g.free = nil, nil, nil, nil, nil, nil
}

// close drops the instance and lets go of the code.
func (g *guest) close() {
	g.drop()
	_ = g.compiled.Close(context.Background())
}

// decide asks the short question, whose answer is a word.
func (g *guest) decide(watchdog *watchdog, asking context.Context, question []byte) (word uint64, status uint32) {
	status = g.guarded(watchdog, asking, func() error {
		err := g.ask(g.decideAt, question)
		word = g.stack[0]
		return err
	})
	return word, status
}

// call asks any other question. take copies the answer, and says whether it is short enough.
func (g *guest) call(watchdog *watchdog, asking context.Context, question []byte, take func(answer []byte) bool) uint32 {
	var answer []byte
	var at uint64
	status := g.guarded(watchdog, asking, func() error {
		if err := g.ask(g.callAt, question); err != nil {
			return err
		}
		at = g.stack[0]
		start, ok := g.memory.ReadUint32Le(uint32(at))
		length, ok2 := g.memory.ReadUint32Le(uint32(at) + 4)
		answer, _ = g.memory.Read(start, length)
		if !ok || !ok2 || answer == nil && length > 0 {
			return errors.New("the answer lies outside of the memory")
		}
		return nil
	})
	if status != 0 {
		return status
	}
	if !take(answer) {
		g.drop()
		return statusAnswerTooLarge
	}
	return g.guarded(watchdog, asking, func() error {
		g.stack[0] = at
		return g.free.CallWithStack(context.Background(), g.stack[:])
	})
}

// ask writes a question into the memory of the instance and calls the function with it. What it answers is in the stack.
func (g *guest) ask(function api.Function, question []byte) error {
	const nothing, alignment = 0, 1
	length := uint64(len(question))
	g.stack = [4]uint64{nothing, nothing, alignment, length}
	if err := g.reserve.CallWithStack(context.Background(), g.stack[:]); err != nil {
		return err
	}
	if !g.memory.Write(uint32(g.stack[0]), question) {
		return errors.New("the policy reserved memory that it does not have")
	}
	g.stack[1] = length
	return function.CallWithStack(context.Background(), g.stack[:])
}

// guarded calls while the watchdog looks on, and drops the instance if anything goes wrong.
func (g *guest) guarded(watchdog *watchdog, asking context.Context, call func() error) uint32 {
	g.stoppedBy = nil
	if g.instance == nil {
		if err := g.start(watchdog); err != nil {
			return g.stopped(err, 0)
		}
	}
	watchdog.begin(g.instance, asking)
	err := call()
	stop := watchdog.end()
	if err == nil && stop == 0 {
		return 0
	}
	if err == nil {
		err = errors.New("the watchdog stopped it")
	}
	if stop == stopCanceled {
		g.drop()
		g.stoppedBy = canceled(asking)
		return statusTimeout
	}
	return g.stopped(err, watchdog.status(stop))
}

// stopped drops the instance, and says why. status is that of a limit of the watchdog, or 0.
func (g *guest) stopped(err error, status uint32) uint32 {
	g.drop()
	g.stoppedBy = err
	if status != 0 {
		return status
	}
	if strings.Contains(err.Error(), "stack overflow") {
		return statusStack | limitBits(stackKiB)
	}
	return statusTrap
}
