package clearance

import (
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

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
