package clearance

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// A directory that needs more memory than there is stops the authorizer, and nothing else.
func TestADirectoryBeyondTheMemory(t *testing.T) {
	var directory strings.Builder
	directory.WriteString(`{"organizations":[{"id":"acme"}],"users":[`)
	for user := range 300_000 {
		fmt.Fprintf(&directory, `{"id":"user-with-a-long-id-%d"},`, user)
	}
	directory.WriteString(`{"id":"last"}]}`)
	_, err := Load(ctx, []byte(directory.String()), &Options{MemoryLimitPages: 256})
	wantCode(t, err, CodeLost)
	_, err = Load(ctx, nil, &Options{MemoryLimitPages: 65537})
	wantCode(t, err, CodeMalformed)

	authorizer := company(t, &Options{MemoryLimitPages: 256})
	var changes []Change
	for user := range 300_000 {
		changes = append(changes, Change{"addUser": map[string]string{"id": fmt.Sprintf("user-with-a-long-id-%d", user)}})
	}
	instance := authorizer.module.instance
	wantCode(t, authorizer.Apply(ctx, changes...), CodeLost)
	if !instance.IsClosed() {
		t.Error("half of something is written in it, and it is still there")
	}
	_, err = authorizer.Check(ctx, Key("ci"), "prompts:view", Project("shop"))
	wantCode(t, err, CodeLost)
	wantCode(t, authorizer.Swap(ctx, strict(t)), CodeLost)
}

func TestWhatIsClosedAnswersNothing(t *testing.T) {
	authorizer := company(t, nil)
	for range 2 {
		if err := authorizer.Close(); err != nil {
			t.Error(err)
		}
	}
	_, err := authorizer.Check(ctx, Key("ci"), "prompts:view", Project("shop"))
	wantCode(t, err, CodeClosed)
	_, err = authorizer.Document(ctx)
	wantCode(t, err, CodeClosed)
	wantCode(t, authorizer.Apply(ctx), CodeClosed)
	wantCode(t, authorizer.Swap(ctx, Policy{Component: defaultPolicy}), CodeClosed)
}

// An authorizer that a program forgets is closed when it is collected.
func TestWhatIsForgottenIsClosed(t *testing.T) {
	authorizer, err := Load(ctx, []byte(`{}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	instance := authorizer.module.instance
	runtime.KeepAlive(authorizer)
	authorizer = nil
	for range 1000 {
		runtime.GC()
		if instance.IsClosed() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("it was not closed")
}

func TestAContextThatHasEndedAsksNothing(t *testing.T) {
	authorizer := company(t, nil)
	ended, cancel := contextWithCancel()
	cancel()
	_, err := authorizer.Check(ended, Key("ci"), "prompts:view", Project("shop"))
	if wantCode(t, err, CodeCanceled); !isCanceled(err) {
		t.Error(err)
	}
	wantCode(t, authorizer.Apply(ended), CodeCanceled)
	wantCode(t, authorizer.Swap(ended, Policy{Component: defaultPolicy}), CodeCanceled)
	_, err = Load(ended, []byte(`{}`), nil)
	wantCode(t, err, CodeCanceled)
	_, err = authorizer.CheckMany(ended, nil)
	wantCode(t, err, CodeCanceled)
	if _, err := authorizer.Check(ctx, Key("ci"), "prompts:view", Project("shop")); err != nil {
		t.Error(err)
	}
}

// A question that was asked before needs no memory of Go.
func TestAWarmCheckAllocatesNothing(t *testing.T) {
	authorizer := company(t, nil)
	check := func() {
		if _, err := authorizer.Check(ctx, Key("ci"), "prompts:view", Project("shop")); err != nil {
			t.Fatal(err)
		}
	}
	for range 10 {
		check()
	}
	if raceEnabled || runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skip("the race detector and the interpreter allocate")
	}
	if allocated := testing.AllocsPerRun(1000, check); allocated != 0 {
		t.Errorf("%v allocations", allocated)
	}
}

func TestCompiledCodeIsKeptInAFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("it is kept on Unix only")
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	above := t.TempDir()
	folder := filepath.Join(above, "cache")
	must(os.Mkdir(folder, 0o700))
	directory := read(t, "examples/company/directory.json")
	refused := func(folder string) {
		t.Helper()
		_, err := Load(ctx, directory, &Options{CacheDir: folder})
		wantCode(t, err, CodeCache)
	}
	// Others could put code there.
	must(os.Chmod(above, 0o700))
	must(os.Chmod(folder, 0o770))
	refused(folder)
	must(os.Chmod(folder, 0o700))
	must(os.Chmod(above, 0o770))
	refused(folder)
	must(os.Chmod(above, 0o700))
	file := filepath.Join(folder, "file")
	must(os.WriteFile(file, nil, 0o600))
	must(os.Chmod(file, 0o666))
	refused(folder)
	must(os.Chmod(file, 0o600))
	refused(file)
	must(os.Remove(file))

	authorizer := company(t, &Options{CacheDir: folder})
	if decision, err := authorizer.At(noon).Check(ctx, Key("ci"), "prompts:view", Project("shop")); err != nil || !decision.Allow {
		t.Errorf("%+v, %v", decision, err)
	}
	kept, err := filepath.Glob(filepath.Join(folder, "*", "*"))
	if err != nil || len(kept) != 2 {
		t.Error("expected the code of the authorizer and of the policy, found", kept, err)
	}
	must(checkFolder(folder))
}

// The modules in the package are those that the repository builds.
func TestTheModulesAreThoseOfTheRepository(t *testing.T) {
	if !bytes.Equal(authorizerModule, read(t, "embed/dist/authorizer.wasm")) {
		t.Error("copy embed/dist/authorizer.wasm to embed/go/internal")
	}
	if !bytes.Equal(defaultPolicy, read(t, "policy/dist/langwatch.wasm")) {
		t.Error("copy policy/dist/langwatch.wasm to embed/go/internal")
	}
}
