package clearance

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// The two modules of this package. They are the files of embed/dist and policy/dist.
var (
	//go:embed internal/authorizer.wasm
	authorizerModule []byte
	//go:embed internal/langwatch.wasm
	defaultPolicy []byte
)

const (
	defaultMemoryPages = 16384
	policyMemoryPages  = 1024
)

// engine runs authorizers and policies. Authorizers with the same options share one, and with it the compiled code.
type engine struct {
	// authorizers has no deadline, so that a check that is answered from the cache pays for none. policies can be stopped.
	authorizers, policies wazero.Runtime
	authorizer            wazero.CompiledModule
}

type engineKey struct {
	cacheDir    string
	memoryPages uint32
}

// engines are never closed: the next authorizer needs them again.
var engines struct {
	sync.Mutex
	byKey  map[engineKey]*engine
	caches map[string]wazero.CompilationCache
}

// engineFor answers the engine for these options, and starts it where there is none.
func engineFor(options *Options) (*engine, error) {
	key := engineKey{options.CacheDir, options.MemoryLimitPages}
	if key.memoryPages == 0 {
		key.memoryPages = defaultMemoryPages
	}
	if key.memoryPages > 65536 {
		return nil, failure(CodeMalformed, nil, "`MemoryLimitPages` is %d, and WebAssembly has 65536 pages at the most", key.memoryPages)
	}
	engines.Lock()
	defer engines.Unlock()
	if e, started := engines.byKey[key]; started {
		return e, nil
	}
	cache, err := compilationCache(options.CacheDir)
	if err != nil {
		return nil, err
	}
	e, err := startEngine(key.memoryPages, cache)
	if err != nil {
		return nil, err
	}
	if engines.byKey == nil {
		engines.byKey = map[engineKey]*engine{}
	}
	engines.byKey[key] = e
	return e, nil
}

// compilationCache keeps compiled code in a folder, or in memory. The lock of the engines is held.
func compilationCache(folder string) (wazero.CompilationCache, error) {
	if cache, made := engines.caches[folder]; made {
		return cache, nil
	}
	cache := wazero.NewCompilationCache()
	if folder != "" {
		wrong := func(err error) error {
			return failure(CodeCache, err, "`%s` cannot hold compiled code: %v", folder, err)
		}
		whole, err := filepath.Abs(folder)
		if err != nil {
			return nil, wrong(err)
		}
		if err := os.MkdirAll(whole, 0o700); err != nil {
			return nil, wrong(err)
		}
		// A link is followed once, now.
		if whole, err = filepath.EvalSymlinks(whole); err != nil {
			return nil, wrong(err)
		}
		if err := checkFolder(whole); err != nil {
			return nil, err
		}
		if cache, err = wazero.NewCompilationCacheWithDir(whole); err != nil {
			return nil, wrong(err)
		}
	}
	if engines.caches == nil {
		engines.caches = map[string]wazero.CompilationCache{}
	}
	engines.caches[folder] = cache
	return cache, nil
}

func startEngine(memoryPages uint32, cache wazero.CompilationCache) (*engine, error) {
	ctx := context.Background()
	config := wazero.NewRuntimeConfig().WithCompilationCache(cache).WithDebugInfoEnabled(false)
	e := &engine{
		authorizers: wazero.NewRuntimeWithConfig(ctx, config.WithMemoryLimitPages(memoryPages)),
		policies:    wazero.NewRuntimeWithConfig(ctx, config.WithMemoryLimitPages(policyMemoryPages).WithCloseOnContextDone(true)),
	}
	const i32 = api.ValueTypeI32
	_, err := e.authorizers.NewHostModuleBuilder("policy").
		NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(importedDecide), []api.ValueType{i32, i32, i32, i32}, []api.ValueType{i32}).
		Export("decide").
		NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(importedCall), []api.ValueType{i32, i32, i32}, []api.ValueType{i32}).
		Export("call").
		Instantiate(ctx)
	if err == nil {
		e.authorizer, err = e.authorizers.CompileModule(ctx, authorizerModule)
	}
	if err != nil {
		return nil, failure(CodeCache, err, "the authorizer cannot be compiled, or its compiled code cannot be read: %v", err)
	}
	return e, nil
}

// startAuthorizer starts an instance of the authorizer.
func (e *engine) startAuthorizer(ctx context.Context) (*module, error) {
	instance, err := e.authorizers.InstantiateModule(ctx, e.authorizer, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		return nil, lost(fmt.Errorf("it does not start: %w", err))
	}
	m, err := newModule(ctx, instance)
	if err == nil {
		err = m.readReasons(ctx)
	}
	if err != nil {
		_ = instance.Close(ctx)
		return nil, lost(fmt.Errorf("it does not start: %w", err))
	}
	return m, nil
}

// callContext is the context of every call of the module. It leads from the imports back to the authorizer.
type callContext struct {
	context.Context
	authorizer *Authorizer
}

type authorizerKey struct{}

// Value answers the authorizer.
func (c *callContext) Value(key any) any {
	if key == (authorizerKey{}) {
		return c.authorizer
	}
	return nil
}

// importedDecide is decide(version, question, length, answer) -> status, which the module imports.
func importedDecide(ctx context.Context, instance api.Module, stack []uint64) {
	a := ctx.Value(authorizerKey{}).(*Authorizer)
	memory := instance.Memory()
	question, ok := memory.Read(uint32(stack[1]), uint32(stack[2]))
	if !ok {
		panic(errOutside)
	}
	guest := a.resources.versions[uint32(stack[0])].guest
	word, status := guest.decide(a.watchdog, a.asking, question)
	if status != 0 {
		a.cause = guest.stoppedBy
	} else if !memory.WriteUint64Le(uint32(stack[3]), word) {
		panic(errOutside)
	}
	stack[0] = uint64(status)
}

// importedCall is call(version, question, length) -> status, which the module imports.
func importedCall(ctx context.Context, instance api.Module, stack []uint64) {
	a := ctx.Value(authorizerKey{}).(*Authorizer)
	memory := instance.Memory()
	question, ok := memory.Read(uint32(stack[1]), uint32(stack[2]))
	if !ok {
		panic(errOutside)
	}
	guest := a.resources.versions[uint32(stack[0])].guest
	status := guest.call(a.watchdog, a.asking, question, func(answer []byte) bool {
		nested := a.module.nested[:]
		nested[0] = uint64(len(answer))
		if err := a.module.answerRoom.CallWithStack(ctx, nested); err != nil {
			panic(err)
		}
		if nested[0] == 0 && len(answer) > 0 {
			return false
		}
		if !memory.Write(uint32(nested[0]), answer) {
			panic(errOutside)
		}
		return true
	})
	if status != 0 {
		a.cause = guest.stoppedBy
	}
	stack[0] = uint64(status)
}
