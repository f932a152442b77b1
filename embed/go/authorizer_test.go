package clearance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	ctx  = context.Background()
	noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
)

// inRepository is the path of what is in the repository and not in the package. A test that needs it is left out elsewhere.
func inRepository(t testing.TB, path string) string {
	t.Helper()
	whole := filepath.Join("../..", filepath.FromSlash(path))
	if _, err := os.Stat(whole); err != nil {
		t.Skipf("this is not the repository: %v", err)
	}
	return whole
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(inRepository(t, path))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// company is an authorizer with the company of the examples.
func company(t testing.TB, options *Options) *Authorizer {
	t.Helper()
	authorizer, err := Load(ctx, read(t, "examples/company/directory.json"), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { authorizer.Close() })
	return authorizer
}

func strict(t testing.TB) Policy {
	return Policy{Component: read(t, "policy/dist/strict.wasm")}
}

func asError(t testing.TB, err error) *Error {
	t.Helper()
	var failed *Error
	if !errors.As(err, &failed) {
		t.Fatalf("not an *Error: %v", err)
	}
	return failed
}

func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	if failed := asError(t, err); failed.Code != code {
		t.Errorf("expected %s, got %v", code, err)
	}
}

func ptr[T any](value T) *T { return &value }

func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

func contextWithCancel() (context.Context, context.CancelFunc) { return context.WithCancel(ctx) }

func isCanceled(err error) bool { return errors.Is(err, context.Canceled) }

func TestAKeyHasWhatItAndItsOwnerHave(t *testing.T) {
	view := company(t, nil).At(noon)
	allowed, err := view.Check(ctx, Key("ci"), "prompts:view", Project("shop"))
	if err != nil || !allowed.Allow || allowed.Reason != "binding" || !strings.HasPrefix(allowed.Binding, "b") {
		t.Errorf("%+v, %v", allowed, err)
	}
	if !strings.HasPrefix(allowed.Policy, "sha256:") || len(allowed.Policy) != len("sha256:")+64 {
		t.Error(allowed.Policy)
	}
	denied, err := view.Check(ctx, Key("ci"), "project:delete", Project("shop"))
	if err != nil || denied != (Decision{Reason: "owner-lacks", Policy: allowed.Policy}) {
		t.Errorf("%+v, %v", denied, err)
	}
}

func TestEveryWayToAskGivesTheSameDecision(t *testing.T) {
	authorizer := company(t, nil)
	view := authorizer.At(noon)
	catalog, err := authorizer.Describe(ctx)
	if err != nil {
		t.Fatal(err)
	}
	effective, err := view.Effective(ctx, Key("ci"), Project("shop"))
	if err != nil {
		t.Fatal(err)
	}
	var questions []Question
	for _, permission := range catalog.Permissions {
		questions = append(questions, Question{Key("ci"), permission.Name, Project("shop")})
	}
	many, err := view.CheckMany(ctx, questions)
	if err != nil || len(many) != len(questions) {
		t.Fatal(len(many), err)
	}
	for index, question := range questions {
		decision, err := view.Check(ctx, question.Principal, question.Permission, question.At)
		if err != nil || many[index] != decision || decision.Allow != slices.Contains(effective.Permissions, question.Permission) {
			t.Errorf("%s: %+v, %+v, %v", question.Permission, decision, many[index], err)
		}
		explained, err := view.Explain(ctx, question.Principal, question.Permission, question.At)
		if err != nil || explained.Decision != decision || len(explained.Principal.Steps) == 0 || len(explained.Owner.Steps) == 0 {
			t.Errorf("%s: %+v, %v", question.Permission, explained, err)
		}
	}
}

// The types of the answers hold all that the authorizer answers.
func TestTheTypesHoldEverything(t *testing.T) {
	authorizer := company(t, nil)
	view := authorizer.At(noon)
	for _, request := range []struct {
		text string
		into any
	}{
		{`{"describe": {}}`, new(Catalog)},
		{`{"effective": {"key": "ci", "at": {"project": "shop"}}}`, new(Effective)},
		{`{"effective": {"key": "trial", "at": {"project": "shop"}}}`, new(Effective)},
		{`{"explain": {"key": "ci", "permission": "prompts:view", "at": {"project": "shop"}}}`, new(Explanation)},
		{`{"explain": {"user": "ben", "permission": "traces:view", "at": {"project": "lake"}}}`, new(Explanation)},
		{`{"explain": {"projectKey": "shop", "permission": "traces:view", "at": {"project": "shop"}}}`, new(Explanation)},
		{`{"explain": {"user": "ana", "permission": "traces:view", "at": {"organization": "acme"}}}`, new(Explanation)},
		{`{"repair": {"key": "ci", "permission": "project:delete", "at": {"project": "shop"}}}`, new(Repair)},
		{`{"repair": {"key": "trial", "permission": "traces:view", "at": {"project": "shop"}}}`, new(Repair)},
		{`{"repair": {"user": "eve", "permission": "traces:view", "at": {"project": "shop"}, "asker": {"user": "ana"}}}`, new(Repair)},
		{`{"visibleProjects": {"key": "ci"}}`, new(VisibleProjects)},
	} {
		answer, err := view.Ask(ctx, []byte(request.text))
		if err != nil {
			t.Fatal(request.text, err)
		}
		decoder := json.NewDecoder(bytes.NewReader(answer))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(request.into); err != nil {
			t.Errorf("%s: %v\n%s", request.text, err, answer)
		}
		again, err := json.Marshal(request.into)
		if err != nil || sameJSON(answer, again) != nil {
			t.Errorf("%s: %v, answered %s, read %s", request.text, err, answer, again)
		}
	}
}

func TestWhatNobodyKnowsIsDeniedWithAReasonOfItsOwn(t *testing.T) {
	view := company(t, nil).At(noon)
	for _, unknown := range []struct {
		question Question
		reason   string
	}{
		{Question{Key("nobody"), "prompts:view", Project("shop")}, "principal-unknown"},
		{Question{Key(""), "prompts:view", Project("shop")}, "principal-unknown"},
		{Question{Key("clé"), "prompts:view", Project("shop")}, "principal-unknown"},
		{Question{Key(strings.Repeat("k", 100_000)), "prompts:view", Project("shop")}, "principal-unknown"},
		{Question{Key("ci"), "no:such", Project("shop")}, "permission-unknown"},
		{Question{Key("ci"), "prompts:view", Project("nowhere")}, "place-unknown"},
	} {
		q := unknown.question
		decision, err := view.Check(ctx, q.Principal, q.Permission, q.At)
		if err != nil || decision.Allow || decision.Reason != unknown.reason {
			t.Errorf("%.40v: %+v, %v", q, decision, err)
		}
		explained, err := view.Explain(ctx, q.Principal, q.Permission, q.At)
		if err != nil || explained.Reason != unknown.reason {
			t.Errorf("%.40v: %+v, %v", q, explained, err)
		}
	}
	if decision, err := view.Check(ctx, Key("ci"), "prompts:view", Project("shop")); err != nil || !decision.Allow {
		t.Errorf("%+v, %v", decision, err)
	}
}

func TestTheNextQuestionSeesAChangeAndARefusedBatchChangesNothing(t *testing.T) {
	authorizer := company(t, nil)
	reason := func() string {
		decision, err := authorizer.At(noon).Check(ctx, Key("ci"), "prompts:view", Project("shop"))
		if err != nil {
			t.Fatal(err)
		}
		return decision.Reason
	}
	if reason() != "binding" {
		t.Error(reason())
	}
	before, err := authorizer.Document(ctx)
	if err != nil {
		t.Fatal(err)
	}
	deactivate := Change{"deactivateUser": map[string]any{"user": "ben", "at": noon.AddDate(0, 0, -1)}}
	err = authorizer.Apply(ctx, deactivate, Change{"removeTeam": "nowhere"})
	if failed := asError(t, err); failed.Code != "refused" || failed.Index != 1 {
		t.Error(err)
	}
	if after, err := authorizer.Document(ctx); err != nil || !bytes.Equal(before, after) {
		t.Errorf("%s, %v", after, err)
	}
	if err := authorizer.Apply(ctx, deactivate); err != nil {
		t.Fatal(err)
	}
	if reason() != "owner-deactivated" {
		t.Error(reason())
	}
	if err := authorizer.Apply(ctx); err != nil {
		t.Error("no changes:", err)
	}
}

func TestWhatWouldGrantAPermissionGrantsIt(t *testing.T) {
	authorizer := company(t, nil)
	view := authorizer.At(noon)
	repair, err := view.Repair(ctx, User("ben"), "project:delete", Project("shop"), Principal{})
	if err != nil || repair.Outcome != "sets" {
		t.Fatalf("%+v, %v", repair, err)
	}
	binding := *repair.Sets[0][0].Bind
	binding.ID = "repaired"
	if err := authorizer.Apply(ctx, Change{"addBinding": binding}); err != nil {
		t.Fatal(err)
	}
	if decision, err := view.Check(ctx, User("ben"), "project:delete", Project("shop")); err != nil || !decision.Allow {
		t.Errorf("%+v, %v", decision, err)
	}
	if repair, err := view.Repair(ctx, Key("laptop"), "traces:view", Project("shop"), User("ben")); err != nil || repair.Outcome != "nothing" {
		t.Errorf("%+v, %v", repair, err)
	}
}

func TestACapsuleIsAFile(t *testing.T) {
	capsule, err := company(t, nil).At(noon).Capsule(ctx, Key("ci"), "prompts:view", Project("shop"))
	if err != nil || len(capsule) < 100 {
		t.Error(len(capsule), err)
	}
}

func TestAnotherVersionAnswersAfterASwapAndTheOldOneWhereItIsPinned(t *testing.T) {
	authorizer := company(t, &Options{AllowUnsigned: true})
	policy := func() string {
		decision, err := authorizer.At(noon).Check(ctx, Key("ci"), "prompts:view", Project("shop"))
		if err != nil {
			t.Fatal(err)
		}
		return decision.Policy
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	first := policy()
	must(authorizer.Swap(ctx, strict(t)))
	second := policy()
	if first == second {
		t.Error("the version did not change")
	}
	must(authorizer.Pin(ctx, "acme", Policy{Component: defaultPolicy}))
	if policy() != first {
		t.Error("the pinned version does not answer")
	}
	if len(authorizer.resources.versions) != 2 {
		t.Error(authorizer.resources.versions)
	}
	must(authorizer.Unpin(ctx, "acme"))
	if policy() != second {
		t.Error("the live version does not answer")
	}
	if len(authorizer.resources.versions) != 1 {
		t.Error("a version that answers nowhere is kept")
	}
	// A version that was removed through Ask is compiled again.
	must(authorizer.Pin(ctx, "acme", Policy{Component: defaultPolicy}))
	pinned := authorizer.nextVersion - 1
	for _, request := range []string{`{"unpin": {"organization": "acme"}}`, fmt.Sprintf(`{"removeVersion": {"version": %d}}`, pinned)} {
		_, err := authorizer.Ask(ctx, []byte(request))
		must(err)
	}
	must(authorizer.Swap(ctx, Policy{Component: defaultPolicy}))
	if policy() != first {
		t.Error("the version does not answer again")
	}
}

func TestAVersionThatIsThereIsNotStartedAgain(t *testing.T) {
	authorizer := company(t, &Options{AllowUnsigned: true})
	before := authorizer.nextVersion
	for range 3 {
		if err := authorizer.Swap(ctx, Policy{Component: defaultPolicy}); err != nil {
			t.Fatal(err)
		}
	}
	if authorizer.nextVersion != before {
		t.Error("a version was added")
	}
}

func TestAPolicyThatNobodySignedIsRefusedUnlessThatIsAllowed(t *testing.T) {
	_, err := Load(ctx, read(t, "examples/company/directory.json"), &Options{Policy: ptr(strict(t))})
	wantCode(t, err, "unsigned")
	authorizer := company(t, nil)
	wantCode(t, authorizer.Swap(ctx, strict(t)), "unsigned")
	if decision, err := authorizer.At(noon).Check(ctx, Key("ci"), "prompts:view", Project("shop")); err != nil || !decision.Allow {
		t.Errorf("%+v, %v", decision, err)
	}
}

func TestBytesThatAreNotAPolicyAreRefusedByName(t *testing.T) {
	authorizer := company(t, &Options{AllowUnsigned: true})
	for _, bad := range []struct {
		bytes []byte
		code  string
	}{
		{nil, "not-a-component"},
		{[]byte("\x00asm\x01\x00\x00\x00"), "not-a-component"},
		{[]byte("\x00asm\x0d\x00\x01\x00"), "contract"},
		{strict(t).Component[:1000], "invalid"},
	} {
		wantCode(t, authorizer.Swap(ctx, Policy{Component: bad.bytes}), bad.code)
		wantCode(t, authorizer.Pin(ctx, "acme", Policy{Component: bad.bytes}), bad.code)
	}
	if decision, err := authorizer.At(noon).Check(ctx, Key("ci"), "prompts:view", Project("shop")); err != nil || !decision.Allow {
		t.Errorf("%+v, %v", decision, err)
	}
}

func TestBadInputIsRefusedByNameAndTheNextQuestionIsAnswered(t *testing.T) {
	authorizer := company(t, nil)
	view := authorizer.At(noon)
	refused := func(err error, code, field string) {
		t.Helper()
		if failed := asError(t, err); failed.Code != code || failed.Field != field {
			t.Errorf("expected %s of `%s`, got %v of `%s`", code, field, err, failed.Field)
		}
	}
	_, err := view.Check(ctx, Principal{}, "prompts:view", Project("shop"))
	refused(err, CodeMalformed, "principal")
	_, err = view.Check(ctx, Key("ci"), "prompts:view", Place{})
	refused(err, CodeMalformed, "at")
	_, err = view.Effective(ctx, Principal{}, Project("shop"))
	refused(err, CodeMalformed, "principal")
	const broken = "c\xff"
	_, err = view.Check(ctx, Key(broken), "prompts:view", Project("shop"))
	refused(err, CodeMalformed, "")
	_, err = view.Effective(ctx, Key(broken), Project("shop"))
	refused(err, CodeMalformed, "principal")
	_, err = view.Explain(ctx, Key("ci"), broken, Project("shop"))
	refused(err, CodeMalformed, "permission")
	_, err = view.VisibleProjects(ctx, broken)
	refused(err, CodeMalformed, "key")
	_, err = view.Repair(ctx, Key("ci"), "prompts:view", Project("shop"), ProjectKey("shop"))
	wantCode(t, err, CodeMalformed)
	_, err = view.CheckMany(ctx, []Question{{Key("ci"), "prompts:view", Project("shop")}, {}})
	if failed := asError(t, err); failed.Code != CodeMalformed || failed.Index != 1 {
		t.Error(err)
	}
	wantCode(t, authorizer.Unpin(ctx, broken), CodeMalformed)
	wantCode(t, authorizer.Apply(ctx, Change{"removeTeam": broken}), CodeMalformed)
	wantCode(t, authorizer.Apply(ctx, Change{"removeTeam": func() {}}), CodeMalformed)
	wantCode(t, authorizer.Apply(ctx, nil), CodeMalformed)
	wantCode(t, authorizer.ApplyJSON(ctx, []byte("[{")), CodeMalformed)
	wantCode(t, authorizer.ApplyJSON(ctx, []byte(broken)), CodeMalformed)
	for _, request := range []string{"", "[]", "null", broken, `{"chek": {}}`, `{"check": {"key": 7}}`} {
		_, err = view.Ask(ctx, []byte(request))
		wantCode(t, err, CodeMalformed)
	}
	for _, moment := range []time.Time{{}, time.Unix(-1, 0), time.Unix(1<<60, 0), time.Unix(-1<<60, 0), time.UnixMilli(253402300800000)} {
		_, err = authorizer.At(moment).Check(ctx, Key("ci"), "prompts:view", Project("shop"))
		wantCode(t, err, CodeTime)
		_, err = authorizer.At(moment).Explain(ctx, Key("ci"), "prompts:view", Project("shop"))
		wantCode(t, err, CodeTime)
		_, err = authorizer.At(moment).Ask(ctx, []byte(`{"describe": {}}`))
		wantCode(t, err, CodeTime)
		_, err = authorizer.At(moment).CheckMany(ctx, nil)
		wantCode(t, err, CodeTime)
	}
	if decision, err := view.Check(ctx, Key("ci"), "prompts:view", Project("shop")); err != nil || !decision.Allow {
		t.Errorf("%+v, %v", decision, err)
	}
}

// encoding/json replaces bytes that are not UTF-8 in a way that can be told from the character itself.
func TestReplacedBytesAreSeen(t *testing.T) {
	for text, replaced := range map[string]bool{"a\xff": true, "a\ufffd": false, `\ufffd`: false, `\\ufffd`: false, "\\\xff": true} {
		written, err := json.Marshal([]Change{{"removeTeam": text}})
		if err != nil || hasReplaced(written) != replaced {
			t.Errorf("%q: %s, %v", text, written, err)
		}
	}
}

func TestDataThatCannotBeLoadedIsRefused(t *testing.T) {
	for _, bad := range []string{
		"", "{", "[]", "null", `{"teams":[{"id":"t","organization":"o"}]}`, `{"keys":[{"id":""}]}`, `{"more":[]}`,
	} {
		_, err := Load(ctx, []byte(bad), nil)
		wantCode(t, err, "directory")
	}
	_, err := Load(ctx, []byte("\xff"), nil)
	wantCode(t, err, CodeMalformed)
}

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
	folder := filepath.Join(t.TempDir(), "cache")
	if err := os.Mkdir(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	directory := read(t, "examples/company/directory.json")
	if runtime.GOOS != "windows" {
		_, err := Load(ctx, directory, &Options{CacheDir: folder})
		wantCode(t, err, CodeCache)
		if err := os.Chmod(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	authorizer := company(t, &Options{CacheDir: folder})
	if decision, err := authorizer.At(noon).Check(ctx, Key("ci"), "prompts:view", Project("shop")); err != nil || !decision.Allow {
		t.Errorf("%+v, %v", decision, err)
	}
	kept, err := filepath.Glob(filepath.Join(folder, "*", "*"))
	if err != nil || len(kept) != 2 {
		t.Error("expected the code of the authorizer and of the policy, found", kept, err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Load(ctx, directory, &Options{CacheDir: file})
	wantCode(t, err, CodeCache)
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

func TestAPlaceIsReadStrictly(t *testing.T) {
	for _, bad := range []string{`{}`, `{"project":"a","team":"b"}`, `{"galaxy":"a"}`, `"shop"`, `null`, `{"project":7}`} {
		var place Place
		if err := json.Unmarshal([]byte(bad), &place); err == nil {
			t.Errorf("%s is read as %v", bad, place)
		}
	}
}

// While goroutines ask, versions are swapped and pinned: nothing fails, and each answer is that of the version that it names.
func TestSwapsUnderLoad(t *testing.T) {
	const askers, swaps = 4, 10
	authorizer := company(t, &Options{AllowUnsigned: true})
	// The same rules with a section that means nothing are another version.
	other := Policy{Component: append(slices.Clone(strict(t).Component), 0, 2, 1, 'x')}
	policies := []Policy{{Component: defaultPolicy}, strict(t), other}
	questions := pairs(t)
	// What each version answers by itself.
	expected := map[string][]Decision{}
	for _, policy := range policies {
		alone := company(t, &Options{Policy: &policy, AllowUnsigned: true})
		decisions, err := alone.At(noon).CheckMany(ctx, questions)
		if err != nil {
			t.Fatal(err)
		}
		expected[decisions[0].Policy] = decisions
	}
	if len(expected) != len(policies) || reflect.DeepEqual(allows(expected, 0), allows(expected, 1)) {
		t.Fatal("the versions do not differ")
	}
	var done atomic.Bool
	var answered [askers]int
	var group sync.WaitGroup
	for asker := range askers {
		group.Go(func() {
			view := authorizer.At(noon)
			for round := asker; !done.Load() || answered[asker] < len(questions); round++ {
				index := round % len(questions)
				question := questions[index]
				decision, err := view.Check(ctx, question.Principal, question.Permission, question.At)
				if err != nil || expected[decision.Policy] == nil || expected[decision.Policy][index] != decision {
					t.Errorf("%+v: %+v, %v", question, decision, err)
					return
				}
				answered[asker]++
			}
		})
	}
	for swap := range swaps {
		policy := policies[(swap+1)%len(policies)]
		if err := authorizer.Swap(ctx, policy); err != nil {
			t.Error(err)
		}
		if err := authorizer.Pin(ctx, "acme", policies[swap%len(policies)]); err != nil {
			t.Error(err)
		}
		if err := authorizer.Unpin(ctx, "acme"); err != nil {
			t.Error(err)
		}
	}
	done.Store(true)
	group.Wait()
	t.Log(answered, "questions were answered while", 2*swaps, "versions came")
}

func allows(expected map[string][]Decision, version int) []bool {
	var allows []bool
	digests := slices.Sorted(func(yield func(string) bool) {
		for digest := range expected {
			if !yield(digest) {
				return
			}
		}
	})
	for _, decision := range expected[digests[version]] {
		allows = append(allows, decision.Allow)
	}
	return allows
}

// Two goroutines may bring versions at the same moment.
func TestTwoVersionsAtTheSameMoment(t *testing.T) {
	authorizer := company(t, &Options{AllowUnsigned: true})
	other := Policy{Component: append(slices.Clone(strict(t).Component), 0, 2, 1, 'x')}
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			if err := authorizer.Swap(ctx, strict(t)); err != nil {
				t.Error(err)
			}
		})
		group.Go(func() {
			if err := authorizer.Pin(ctx, "acme", other); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if len(authorizer.resources.versions) != 2 {
		t.Error(len(authorizer.resources.versions), "versions are kept")
	}
}

// pairs are all pairs of a principal and a place of the company, with one permission.
func pairs(t testing.TB) (questions []Question) {
	var directory struct {
		Organizations, Teams, Projects, Users, Keys []struct{ ID string }
	}
	if err := json.Unmarshal(read(t, "examples/company/directory.json"), &directory); err != nil {
		t.Fatal(err)
	}
	var principals []Principal
	for _, user := range directory.Users {
		principals = append(principals, User(user.ID))
	}
	for _, key := range directory.Keys {
		principals = append(principals, Key(key.ID))
	}
	var places []Place
	for _, organization := range directory.Organizations {
		places = append(places, Organization(organization.ID))
	}
	for _, team := range directory.Teams {
		places = append(places, Team(team.ID))
	}
	for _, project := range directory.Projects {
		places = append(places, Project(project.ID))
		principals = append(principals, ProjectKey(project.ID))
	}
	for _, principal := range principals {
		for _, place := range places {
			questions = append(questions, Question{principal, "traces:view", place})
		}
	}
	return questions
}
