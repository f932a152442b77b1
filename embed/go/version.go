package clearance

import (
	"context"
	"encoding/json"
	"slices"
)

// version is a version that was added to the authorizer.
type version struct {
	guest  *guest
	digest string
}

// trust says whose policies are taken.
type trust struct {
	Signature     *string  `json:"signature,omitempty"`
	TrustedKeys   []string `json:"trustedKeys,omitempty"`
	AllowUnsigned bool     `json:"allowUnsigned"`
}

// Swap makes another policy version the live one. Until it is compiled and checked, and has compiled every custom role, the old one
// answers. A version that is refused changes nothing.
func (a *Authorizer) Swap(ctx context.Context, policy Policy) error {
	return a.open(ctx, &policy, func(version uint32) error {
		return a.order("swap", map[string]any{"version": version})
	})
}

// Pin lets another version answer for one organization.
func (a *Authorizer) Pin(ctx context.Context, organization string, policy Policy) error {
	if err := checkText("organization", organization); err != nil {
		return err
	}
	return a.open(ctx, &policy, func(version uint32) error {
		return a.order("pin", map[string]any{"organization": organization, "version": version})
	})
}

// Unpin lets the live version answer for an organization again.
func (a *Authorizer) Unpin(ctx context.Context, organization string) error {
	if err := checkText("organization", organization); err != nil {
		return err
	}
	if err := a.begin(ctx); err != nil {
		return err
	}
	defer a.mu.Unlock()
	if err := a.order("unpin", map[string]any{"organization": organization}); err != nil {
		return err
	}
	return a.removeUnused()
}

// order asks a request that is not about a moment. The lock is held.
func (a *Authorizer) order(name string, what map[string]any) error {
	text, err := json.Marshal(map[string]any{name: what})
	if err == nil {
		_, err = a.ask(text, 0)
	}
	return err
}

// open takes a component apart, starts it, lets the authorizer look at it, and uses it by its number. While it is compiled, questions are
// answered. Nothing comes between the last two: a version that nobody uses yet would be removed by another call.
func (a *Authorizer) open(ctx context.Context, policy *Policy, use func(number uint32) error) error {
	component, options, err := a.input(policy)
	if err != nil {
		return err
	}
	if err := a.begin(ctx); err != nil {
		return err
	}
	info, core, err := a.openComponent(component, options)
	if err != nil {
		a.mu.Unlock()
		return err
	}
	if number, isThere := a.numberOf(info.digest); isThere {
		defer a.mu.Unlock()
		return a.useAndRemove(number, use)
	}
	a.mu.Unlock()
	guest, err := newGuest(ctx, a.engine.policies, core)
	if err != nil {
		return failure(CodeInvalid, err, "this component cannot be compiled: %v", err)
	}
	if err := a.begin(ctx); err != nil {
		guest.close()
		return err
	}
	defer a.mu.Unlock()
	if number, isThere := a.numberOf(info.digest); isThere {
		guest.close()
		return a.useAndRemove(number, use)
	}
	number := a.nextVersion
	a.nextVersion++
	a.resources.versions[number] = &version{guest, info.digest}
	if _, err := a.call(a.module.addVersion, info.text, uint64(number)); err != nil {
		guest.close()
		delete(a.resources.versions, number)
		return err
	}
	return a.useAndRemove(number, use)
}

// useAndRemove uses a version, and lets go of those that answer nowhere now. The lock is held.
func (a *Authorizer) useAndRemove(number uint32, use func(number uint32) error) error {
	err := use(number)
	if a.module == nil {
		return err
	}
	if unused := a.removeUnused(); err == nil {
		err = unused
	}
	return err
}

// input is a component, and behind it whom to trust.
func (a *Authorizer) input(policy *Policy) (component, options []byte, err error) {
	component, trust := defaultPolicy, a.trust
	if policy == nil {
		// It is part of this package, and as trustworthy as the rest of it.
		trust.AllowUnsigned = true
	} else {
		component = policy.Component
		if policy.Signature != "" {
			trust.Signature = &policy.Signature
		}
	}
	options, err = json.Marshal(trust)
	if err != nil {
		return nil, nil, failure(CodeMalformed, err, "the trusted keys cannot be written as JSON: %v", err)
	}
	return component, options, nil
}

// opened is what the authorizer says of a component.
type opened struct {
	text   []byte
	digest string
}

// openComponent takes a component apart: it answers what it is, and its core module. The lock is held.
func (a *Authorizer) openComponent(component, options []byte) (opened, []byte, error) {
	text, err := a.call(a.module.openComponent, slices.Concat(component, options), uint64(len(options)))
	if err != nil {
		return opened{}, nil, err
	}
	var info struct {
		Digest string `json:"digest"`
	}
	if err := readAnswer(text, &info); err != nil {
		return opened{}, nil, err
	}
	found := opened{slices.Clone(text), info.Digest}
	core, ok := a.module.core()
	if !ok {
		return opened{}, nil, a.lose(errOutside)
	}
	// A version may have been removed through Ask.
	return found, core, a.removeUnused()
}

// numberOf is the number of a version that is there already. The lock is held.
func (a *Authorizer) numberOf(digest string) (uint32, bool) {
	for number, version := range a.resources.versions {
		if version.digest == digest {
			return number, true
		}
	}
	return 0, false
}

// removeUnused lets go of the versions that answer nowhere. The lock is held.
func (a *Authorizer) removeUnused() error {
	text, err := a.ask([]byte(`{"versions": {}}`), 0)
	if err != nil {
		return err
	}
	var versions struct {
		Answering []uint32 `json:"answering"`
	}
	if err := readAnswer(text, &versions); err != nil {
		return err
	}
	for number, version := range a.resources.versions {
		if slices.Contains(versions.Answering, number) {
			continue
		}
		// It may have been removed through Ask.
		if err := a.order("removeVersion", map[string]any{"version": number}); err != nil && !isCode(err, "version-unknown") {
			return err
		}
		version.guest.close()
		delete(a.resources.versions, number)
	}
	return nil
}

func isCode(err error, code string) bool {
	failed, ok := err.(*Error)
	return ok && failed.Code == code
}
