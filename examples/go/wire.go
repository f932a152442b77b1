package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// This file writes questions as words and reads answers, as wit/wire.wit describes them: a message is a sequence of 64-bit words,
// little-endian, and an enum is the position of its case. Numbers below that are not explained are places of bits from that text.

// The cases of enums and variants, each at its position. Those of `principal` and `place` begin with `unknown`, which is 0.
var (
	tiers       = []string{"organization", "team", "project"}
	places      = []string{"unknown", "organization", "team", "project"}
	principals  = []string{"unknown", "user", "key", "project-key"}
	memberships = []string{"admin", "member", "external"}
	modes       = []string{"all", "readonly", "restricted"}
	roles       = []string{"admin", "member", "viewer", "custom", "missing"}
	owners      = []string{"unknown", "user"}
	privateUses = []string{"used-by", "used-by-others"}
	reasons     = []string{
		"binding", "floor", "team-membership", "project-key", "permission-unknown", "place-unknown", "principal-unknown",
		"user-deactivated", "not-member", "lite-member", "lacks", "key-revoked", "key-expired", "owner-deactivated", "key-lacks",
		"owner-not-member", "owner-lacks", "bad-facts", "readonly", "creator-deactivated",
	}
)

// message is a question in the making, and the first thing that was wrong with it.
type message struct {
	bytes []byte
	err   error
}

// decideQuestion is what `wire.decide` takes.
func decideQuestion(permission uint32, f facts) ([]byte, error) {
	var m message
	m.words(word(permission))
	m.facts(f)
	return m.bytes, m.err
}

func (m *message) words(words ...word) {
	for _, w := range words {
		m.bytes = binary.LittleEndian.AppendUint64(m.bytes, uint64(w))
	}
}

// position is the number of a case.
func (m *message) position(cases []string, name string) word {
	position := slices.Index(cases, name)
	if position < 0 && m.err == nil {
		m.err = fmt.Errorf("`%s` is none of %v", name, cases)
	}
	return word(position)
}

// payload reads what a case holds.
func payload[T any](m *message, v variant) (value T) {
	if err := json.Unmarshal(v.Val, &value); err != nil && m.err == nil {
		m.err = fmt.Errorf("the payload of `%s`: %w", v.Tag, err)
	}
	return value
}

func bit(set bool, place int) word {
	if set {
		return 1 << place
	}
	return 0
}

// optional is the number that an absent field has no other way to be: 0.
func optional(w *word) word {
	if w == nil {
		return 0
	}
	return *w
}

func (m *message) facts(f facts) {
	var lineage []word
	archived := false
	switch f.Place.Tag {
	case "organization":
		lineage = []word{payload[word](m, f.Place)}
	case "team":
		place := payload[teamPlace](m, f.Place)
		lineage = []word{place.Team, place.Organization}
	case "project":
		place := payload[projectPlace](m, f.Place)
		lineage = []word{place.Project, place.Team, place.Organization}
		archived = place.Archived
	}
	place, principal := m.position(places, f.Place.Tag), m.position(principals, f.Principal.Tag)
	m.words(1|place<<8|bit(archived, 10)|principal<<11|word(len(f.Roles))<<32, f.Now)
	m.words(lineage...)
	switch f.Principal.Tag {
	case "user":
		m.user(payload[userFacts](m, f.Principal))
	case "key":
		m.key(payload[keyFacts](m, f.Principal))
	case "project-key":
		m.words(payload[projectKeyFacts](m, f.Principal).Project)
	}
	for _, role := range f.Roles {
		m.customRole(role)
	}
}

func (m *message) user(u userFacts) {
	var membership word
	if u.Membership != nil {
		membership = m.position(memberships, *u.Membership) + 1
	}
	m.words(u.Handle, membership|bit(u.Deactivated, 2)|word(len(u.Bindings))<<8|word(len(u.TeamMemberships))<<36)
	m.bindings(u.Bindings)
	for _, t := range u.TeamMemberships {
		m.words(t.Team, t.Organization, bit(t.Personal, 0)|m.role(t.Role))
	}
}

func (m *message) key(k keyFacts) {
	var owner word
	if k.Owner != nil {
		owner = m.position(owners, k.Owner.Tag) + 1
	}
	flags := m.position(modes, k.Mode) | bit(k.CreatorDeactivated, 2) | bit(k.Revoked, 3) | owner<<4 | bit(k.Expires != nil, 6)
	m.words(k.Handle, k.Organization, optional(k.Expires), flags|word(len(k.Bindings))<<8)
	m.bindings(k.Bindings)
	if k.Owner != nil && k.Owner.Tag == "user" {
		m.user(payload[userFacts](m, *k.Owner))
	}
}

func (m *message) bindings(bindings []binding) {
	for _, b := range bindings {
		last := m.position(tiers, b.Scope.Tier) | m.role(b.Role) | bit(b.Group != nil, 5)
		m.words(b.Organization, b.Scope.At, optional(b.Group), last)
	}
}

// role is a role where bindings and team memberships have it: its kind from bit 2, its index from bit 32.
func (m *message) role(role variant) word {
	var index uint32
	if role.Tag == "custom" {
		index = payload[uint32](m, role)
	}
	return m.position(roles, role.Tag)<<2 | word(index)<<32
}

func (m *message) customRole(r customRole) {
	var private, usedBy word
	if r.Private != nil {
		private = m.position(privateUses, r.Private.Tag) + 1
		if r.Private.Tag == "used-by" {
			usedBy = payload[word](m, *r.Private)
		}
	}
	set := r.Permissions
	m.words(r.Organization, usedBy, private|bit(r.Empty, 2), set.W0, set.W1, set.W2, set.W3)
}

// readDecision reads what `wire.decide` answers.
func readDecision(answer uint64) (decision, error) {
	reason := int(answer >> 8 & 0xff)
	if reason >= len(reasons) {
		return decision{}, fmt.Errorf("reason %d is not in the contract", reason)
	}
	d := decision{Allow: answer&1 != 0, Reason: reasons[reason]}
	if answer&2 != 0 {
		binding := uint32(answer >> 32)
		d.Binding = &binding
	}
	return d, nil
}

// describeQuestion is what `wire.call` takes to answer what the policy knows.
func describeQuestion() []byte {
	return binary.LittleEndian.AppendUint64(nil, 1)
}

// readPermissions reads the beginning of that answer: the names of all permissions, each at its number.
func readPermissions(answer []byte) ([]string, error) {
	a := reader{rest: answer}
	if status := a.word(); status != 0 {
		return nil, errors.New("the policy does not know the question `describe`")
	}
	a.text() // The name of the policy,
	a.text() // and its version.
	var names []string
	for count := a.word(); count > 0 && !a.short; count-- {
		names = append(names, a.text())
		a.word() // The tier.
	}
	if a.short {
		return nil, errors.New("the description is cut off")
	}
	return names, nil
}

// reader takes an answer apart. What lies beyond its end reads as nothing.
type reader struct {
	rest  []byte
	short bool
}

func (a *reader) take(size uint64) []byte {
	if size > uint64(len(a.rest)) {
		a.short, size = true, uint64(len(a.rest))
	}
	taken := a.rest[:size]
	a.rest = a.rest[size:]
	return taken
}

func (a *reader) word() uint64 {
	var padded [8]byte
	copy(padded[:], a.take(8))
	return binary.LittleEndian.Uint64(padded[:])
}

// text is a length in bytes, the bytes, and zeros up to a whole word.
func (a *reader) text() string {
	size := a.word()
	text := string(a.take(size))
	a.take(-size % 8)
	return text
}
