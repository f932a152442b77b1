package main

import (
	"encoding/json"
	"strconv"
)

// The types below are those of wit/types.wit, read from JSON: fields and cases have the names of the contract, an absent field is
// left out, and a number of 64 bits is a string.

// word is a number of 64 bits: a handle, a moment or a part of a set.
type word uint64

func (w *word) UnmarshalJSON(text []byte) error {
	var digits string
	if err := json.Unmarshal(text, &digits); err != nil {
		return err
	}
	number, err := strconv.ParseUint(digits, 10, 64)
	*w = word(number)
	return err
}

// variant is one case of several. The case says what the payload is.
type variant struct {
	Tag string          `json:"tag"`
	Val json.RawMessage `json:"val"`
}

type facts struct {
	Now       word         `json:"now"`
	Place     variant      `json:"place"`
	Principal variant      `json:"principal"`
	Roles     []customRole `json:"roles"`
}

type teamPlace struct {
	Team         word `json:"team"`
	Organization word `json:"organization"`
}

type projectPlace struct {
	Project      word `json:"project"`
	Team         word `json:"team"`
	Organization word `json:"organization"`
	Archived     bool `json:"archived"`
}

type userFacts struct {
	Handle          word             `json:"handle"`
	Membership      *string          `json:"membership"`
	Bindings        []binding        `json:"bindings"`
	TeamMemberships []teamMembership `json:"team-memberships"`
	Deactivated     bool             `json:"deactivated"`
}

type keyFacts struct {
	Handle             word      `json:"handle"`
	Organization       word      `json:"organization"`
	Mode               string    `json:"mode"`
	CreatorDeactivated bool      `json:"creator-deactivated"`
	Expires            *word     `json:"expires"`
	Revoked            bool      `json:"revoked"`
	Bindings           []binding `json:"bindings"`
	Owner              *variant  `json:"owner"`
}

type projectKeyFacts struct {
	Project word `json:"project"`
}

type binding struct {
	Organization word `json:"organization"`
	Scope        struct {
		Tier string `json:"tier"`
		At   word   `json:"at"`
	} `json:"scope"`
	Role  variant `json:"role"`
	Group *word   `json:"group"`
}

type teamMembership struct {
	Team         word    `json:"team"`
	Organization word    `json:"organization"`
	Personal     bool    `json:"personal"`
	Role         variant `json:"role"`
}

type customRole struct {
	Organization word     `json:"organization"`
	Private      *variant `json:"private"`
	Empty        bool     `json:"empty"`
	Permissions  struct {
		W0 word `json:"w0"`
		W1 word `json:"w1"`
		W2 word `json:"w2"`
		W3 word `json:"w3"`
	} `json:"permissions"`
}

// decision is what the policy answers.
type decision struct {
	Allow   bool    `json:"allow"`
	Reason  string  `json:"reason"`
	Binding *uint32 `json:"binding"`
}
