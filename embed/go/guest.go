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

// The exports of the core module of a policy.
const (
	reserveName = "cabi_realloc"
	decideName  = "clearance:policy/wire@0.1.0#decide"
	callName    = "clearance:policy/wire@0.1.0#call"
	releaseName = "cabi_post_clearance:policy/wire@0.1.0#call"
)

const (
	// stackKiB is where wazero stops a stack that grows.
	stackKiB = 50_000_000 / 1024
	// deskBytes is how long a question may be that is asked in one call.
	deskBytes = 16 << 10
)

// guest is one version of a policy: its core module, and the instance that answers.
type guest struct {
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	// instance is nil until the next question starts one.
	instance                                               api.Module
	memory                                                 api.Memory
	reserve, decideAt, callAt, release, askDecide, askCall api.Function
	// desk is where questions are written that are asked in one call. It is 0 until the first one.
	desk uint64
	// answered is where the last answer of call is, until it is released. It is 0 where there is none.
	answered uint64
	stack    [4]uint64
	// stoppedBy is what last stopped a call, for the error that becomes of it.
	stoppedBy error
}

// newGuest compiles a core module. Its first instance starts with its first question.
func newGuest(ctx context.Context, runtime wazero.Runtime, core []byte) (*guest, error) {
	prepared, err := prepare(core)
	if err != nil {
		return nil, err
	}
	compiled, err := runtime.CompileModule(ctx, prepared)
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
	g.memory, g.desk, g.answered = instance.Memory(), 0, 0
	for name, function := range map[string]*api.Function{
		reserveName: &g.reserve, decideName: &g.decideAt, callName: &g.callAt, releaseName: &g.release,
		askDecideName: &g.askDecide, askCallName: &g.askCall,
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
	*g = guest{runtime: g.runtime, compiled: g.compiled, stoppedBy: g.stoppedBy}
}

// close drops the instance and lets go of the code.
func (g *guest) close() {
	g.drop()
	_ = g.compiled.Close(context.Background())
}

// decide asks the short question, whose answer is a word.
func (g *guest) decide(watchdog *watchdog, asking context.Context, question []byte) (word uint64, status uint32) {
	status = g.guarded(watchdog, asking, func() error {
		if err := g.write(question); err != nil {
			return err
		}
		function := g.askDecide
		if len(question) > deskBytes {
			function = g.decideAt
		}
		err := g.callWithStack(function)
		word = g.stack[0]
		return err
	})
	return word, status
}

// call asks any other question. take copies the answer, and says whether it is short enough. The answer is released by the next
// question.
func (g *guest) call(watchdog *watchdog, asking context.Context, question []byte, take func(answer []byte) bool) uint32 {
	var answer []byte
	status := g.guarded(watchdog, asking, func() error {
		function := g.askCall
		if len(question) > deskBytes {
			function = g.callAt
			if err := g.releaseAnswer(); err != nil {
				return err
			}
		}
		if err := g.write(question); err != nil {
			return err
		}
		g.stack[2] = g.answered
		if err := g.callWithStack(function); err != nil {
			return err
		}
		g.answered = g.stack[0]
		start, ok := g.memory.ReadUint32Le(uint32(g.answered))
		length, ok2 := g.memory.ReadUint32Le(uint32(g.answered) + 4)
		if !ok || !ok2 {
			return errors.New("the policy names a place outside of its memory")
		}
		answer, ok = g.memory.Read(start, length)
		if !ok {
			return errors.New("the answer lies outside of the memory")
		}
		return nil
	})
	if status == 0 && !take(answer) {
		g.drop()
		return statusAnswerTooLarge
	}
	return status
}

// write puts a question into the memory of the instance: on the desk, or where room is reserved for it alone. The first two words of the
// stack say where.
func (g *guest) write(question []byte) error {
	at := g.desk
	var err error
	if len(question) > deskBytes {
		at, err = g.reserveBytes(len(question))
	} else if g.desk == 0 {
		at, err = g.reserveBytes(deskBytes)
		g.desk = at
	}
	if err != nil {
		return err
	}
	if !g.memory.Write(uint32(at), question) {
		return errors.New("the policy reserved memory that it does not have")
	}
	g.stack[0], g.stack[1] = at, uint64(len(question))
	return nil
}

func (g *guest) reserveBytes(length int) (uint64, error) {
	const nothing, alignment = 0, 1
	g.stack = [4]uint64{nothing, nothing, alignment, uint64(length)}
	err := g.callWithStack(g.reserve)
	return g.stack[0], err
}

// releaseAnswer releases the answer before. A question that is asked in one call does so itself.
func (g *guest) releaseAnswer() error {
	if g.answered == 0 {
		return nil
	}
	g.stack[0] = g.answered
	g.answered = 0
	return g.callWithStack(g.release)
}

// callWithStack calls a function with the stack.
func (g *guest) callWithStack(function api.Function) error {
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
