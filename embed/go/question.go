package clearance

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// Principal is who asks: a user, a key or a project key. The zero value is nobody, and every question about it is an error.
type Principal struct {
	kind kind
	id   string
}

// Place is where: an organization, a team or a project. The zero value is nowhere, and every question about it is an error.
type Place struct {
	kind kind
	id   string
}

// kind is the position of a name in the lists below, plus 1. It is 0 where nothing is named.
type kind uint8

var (
	principalNames = [...]string{"user", "key", "projectKey"}
	placeNames     = [...]string{"organization", "team", "project"}
)

// User is the user with this id.
func User(id string) Principal { return Principal{1, id} }

// Key is the API key with this id.
func Key(id string) Principal { return Principal{2, id} }

// ProjectKey is the project key of the project with this id.
func ProjectKey(project string) Principal { return Principal{3, project} }

// Organization is the organization with this id.
func Organization(id string) Place { return Place{1, id} }

// Team is the team with this id.
func Team(id string) Place { return Place{2, id} }

// Project is the project with this id.
func Project(id string) Place { return Place{3, id} }

// Kind is user, key or projectKey, and empty for the zero value.
func (p Principal) Kind() string { return nameOf(principalNames[:], p.kind) }

// ID is the id of the user or of the key. For a project key it is the id of the project.
func (p Principal) ID() string { return p.id }

// String is for people: the kind and the id.
func (p Principal) String() string { return p.Kind() + " " + p.id }

// Kind is organization, team or project, and empty for the zero value.
func (p Place) Kind() string { return nameOf(placeNames[:], p.kind) }

// ID is the id of the organization, the team or the project.
func (p Place) ID() string { return p.id }

// String is for people: the kind and the id.
func (p Place) String() string { return p.Kind() + " " + p.id }

// MarshalJSON writes an object with one field, such as {"project": "shop"}.
func (p Place) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{p.Kind(): p.id})
}

// UnmarshalJSON reads an object with exactly one of the fields organization, team and project.
func (p *Place) UnmarshalJSON(text []byte) error {
	var fields map[string]string
	if err := json.Unmarshal(text, &fields); err != nil {
		return err
	}
	for index, name := range placeNames {
		if id, named := fields[name]; named && len(fields) == 1 {
			*p = Place{kind(index + 1), id}
			return nil
		}
	}
	return fmt.Errorf("a place names exactly one of %v, and not %s", placeNames, text)
}

func nameOf(names []string, kind kind) string {
	if kind == 0 {
		return ""
	}
	return names[kind-1]
}

// Question is one of many: may this principal do this here?
type Question struct {
	Principal  Principal
	Permission string
	At         Place
}

// request is a question as the authorizer reads it. What is nil is left out.
type request struct {
	User       *string  `json:"user,omitempty"`
	Key        *string  `json:"key,omitempty"`
	ProjectKey *string  `json:"projectKey,omitempty"`
	Permission *string  `json:"permission,omitempty"`
	At         *Place   `json:"at,omitempty"`
	Asker      *request `json:"asker,omitempty"`
}

// requestAbout is the part of every request that names who and where.
func requestAbout(principal Principal, at Place) (request, error) {
	if err := principal.check("principal"); err != nil {
		return request{}, err
	}
	if err := at.check("at"); err != nil {
		return request{}, err
	}
	return principal.request(request{At: &at}), nil
}

func (p Principal) request(r request) request {
	switch p.kind {
	case 1:
		r.User = &p.id
	case 2:
		r.Key = &p.id
	case 3:
		r.ProjectKey = &p.id
	}
	return r
}

func (p Principal) check(field string) error {
	if p.kind == 0 {
		return wrongField(field, "names nobody: use User, Key or ProjectKey")
	}
	return checkText(field, p.id)
}

func (p Place) check(field string) error {
	if p.kind == 0 {
		return wrongField(field, "names no place: use Organization, Team or Project")
	}
	return checkText(field, p.id)
}

// checkText refuses what JSON cannot carry: encoding/json would replace the bytes and ask about another id.
func checkText(field, text string) error {
	if !utf8.ValidString(text) {
		return wrongField(field, "is not UTF-8")
	}
	return nil
}
