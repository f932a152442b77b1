package clearance

import (
	"encoding/json"
	"fmt"
	"time"
)

// Decision is the answer to one question.
type Decision struct {
	// Allow says whether the principal may do it.
	Allow bool `json:"allow"`
	// Reason is the rule that decided, as a word of the contract: binding, owner-lacks, key-revoked, …
	Reason string `json:"reason"`
	// Binding is the id of the binding that grants. It is there exactly when the reason is binding.
	Binding string `json:"binding,omitempty"`
	// Policy is the digest of the policy version that decided.
	Policy string `json:"policy"`
}

// Validity is the time for which an answer holds while the data stays as it is.
type Validity struct {
	// Since is the first such moment. It is zero where there is none.
	Since time.Time `json:"since,omitzero"`
	// Until is the last such moment. It is zero where there is none.
	Until time.Time `json:"until,omitzero"`
}

// Effective is all that a principal may do at a place.
type Effective struct {
	// Permissions are the names, in the order of the catalog.
	Permissions []string `json:"permissions"`
	// Reason is that of the one rule that denies everything. It is empty where there is no such rule.
	Reason string `json:"reason,omitempty"`
	Validity
	// Policy is the digest of the policy version that decided.
	Policy string `json:"policy"`
}

// Explanation is a decision with the walk to it.
type Explanation struct {
	Decision
	Validity
	// Principal is what the principal has by itself.
	Principal Side `json:"principal"`
	// Owner is the ceiling: what the owner of a key could do by itself. It is nil where nothing caps the principal, and where the owner
	// is unknown: then the reason says so.
	Owner *Side `json:"owner,omitempty"`
}

// Side is what one side answers by itself.
type Side struct {
	Allow   bool   `json:"allow"`
	Reason  string `json:"reason"`
	Binding string `json:"binding,omitempty"`
	// Steps are the sources, in the order in which the rules look at them.
	Steps []Step `json:"steps"`
}

// Step is one source that the policy looked at.
type Step struct {
	// Source is where the permission might have come from.
	Source Source `json:"source"`
	// Reading is the list of permissions that the policy read the source as.
	Reading string `json:"reading"`
	// Fault says why the custom role that the source names cannot be used. It is empty where it can be used.
	Fault string `json:"fault,omitempty"`
	// Verdict says whether the source grants, and which rule stopped it if not.
	Verdict string `json:"verdict"`
}

// Source is a place in the data where a permission may come from.
type Source struct {
	// Kind is floor, project-key, binding or team-membership.
	Kind string
	// Binding is the stored binding, where the kind is binding.
	Binding *Binding
	// TeamMembership is the membership, where the kind is team-membership.
	TeamMembership *TeamMembership
}

// Binding gives somebody a role at a scope, as a directory file has it. In a repair it has no id yet.
type Binding struct {
	ID           string `json:"id,omitempty"`
	Organization string `json:"organization"`
	User         string `json:"user,omitempty"`
	Group        string `json:"group,omitempty"`
	Key          string `json:"key,omitempty"`
	Role         string `json:"role"`
	CustomRole   string `json:"customRole,omitempty"`
	Scope        Place  `json:"scope"`
}

// TeamMembership gives a user a role in a team.
type TeamMembership struct {
	Team       string `json:"team"`
	Role       string `json:"role"`
	CustomRole string `json:"customRole,omitempty"`
}

// MarshalJSON writes what the authorizer answers: a word, or an object with one field.
func (s Source) MarshalJSON() ([]byte, error) {
	switch {
	case s.Binding != nil:
		return json.Marshal(map[string]*Binding{s.Kind: s.Binding})
	case s.TeamMembership != nil:
		return json.Marshal(map[string]*TeamMembership{s.Kind: s.TeamMembership})
	default:
		return json.Marshal(s.Kind)
	}
}

// UnmarshalJSON reads what the authorizer answers.
func (s *Source) UnmarshalJSON(text []byte) error {
	var word string
	if json.Unmarshal(text, &word) == nil {
		*s = Source{Kind: word}
		return nil
	}
	var object struct {
		Binding        *Binding        `json:"binding"`
		TeamMembership *TeamMembership `json:"team-membership"`
	}
	if err := json.Unmarshal(text, &object); err != nil {
		return err
	}
	switch {
	case object.Binding != nil:
		*s = Source{Kind: "binding", Binding: object.Binding}
	case object.TeamMembership != nil:
		*s = Source{Kind: "team-membership", TeamMembership: object.TeamMembership}
	default:
		return fmt.Errorf("an unknown source: %s", text)
	}
	return nil
}

// Repair says what would grant a permission.
type Repair struct {
	// Outcome is allowed (it is granted already), sets, or nothing (no change would grant it).
	Outcome string `json:"outcome"`
	// Sets are the sets of changes of which each would grant it, best first, where the outcome is sets.
	Sets [][]RepairAction `json:"sets,omitempty"`
	// More says whether there are further sets.
	More bool `json:"more"`
	// Obstacle says why nothing would grant it, where the outcome is nothing.
	Obstacle string `json:"obstacle,omitempty"`
	// Policy is the digest of the policy version that answered.
	Policy string `json:"policy"`
}

// MarshalJSON writes what the authorizer answers.
func (r Repair) MarshalJSON() ([]byte, error) {
	type fields Repair
	written := struct {
		fields
		More *bool `json:"more,omitempty"`
	}{fields: fields(r)}
	if r.Outcome == "sets" {
		written.More = &r.More
	}
	return json.Marshal(written)
}

// RepairAction is one change of the data. Exactly one of the pointers is not nil.
type RepairAction struct {
	// By is the least powerful user who could make the change.
	By string `json:"by"`
	// Renew: the key expires later than now, or never.
	Renew *struct {
		Key string `json:"key"`
	} `json:"renew,omitempty"`
	// Reactivate: the user is not deactivated any more.
	Reactivate *struct {
		User string `json:"user"`
	} `json:"reactivate,omitempty"`
	// Membership: the user joins the organization, or is more than an external member of it.
	Membership *struct {
		Organization string `json:"organization"`
		User         string `json:"user"`
		Role         string `json:"role"`
	} `json:"membership,omitempty"`
	// Bind: the binding is added.
	Bind *Binding `json:"bind,omitempty"`
}

// VisibleProjects are the projects that a key can see.
type VisibleProjects struct {
	// All says that the key sees every project of its organization.
	All bool `json:"all"`
	// Projects are their ids, sorted, where All is false.
	Projects []string `json:"projects"`
}

// MarshalJSON writes what the authorizer answers.
func (v VisibleProjects) MarshalJSON() ([]byte, error) {
	if v.All {
		return []byte(`{"all":true}`), nil
	}
	return json.Marshal(map[string][]string{"projects": append([]string{}, v.Projects...)})
}

// Catalog is what a policy version knows.
type Catalog struct {
	// Policy and Version are the name and the semantic version of the policy, Contract the version of the contract that it was built
	// for, and Digest that of its bytes.
	Policy   string `json:"policy"`
	Version  string `json:"version"`
	Contract string `json:"contract"`
	Digest   string `json:"digest"`
	// Permissions are all permissions, and which bindings may grant each: organization, any or platform.
	Permissions []struct {
		Name string `json:"name"`
		Tier string `json:"tier"`
	} `json:"permissions"`
	// Implications are the actions that include other actions of the same resource.
	Implications []struct {
		Action  string   `json:"action"`
		Implies []string `json:"implies"`
	} `json:"implications"`
	// Lists are the built-in lists of permissions, by name.
	Lists []struct {
		Name        string   `json:"name"`
		Permissions []string `json:"permissions"`
	} `json:"lists"`
	// Categories are what the permissions of a restricted key can be chosen from.
	Categories []struct {
		Key   string   `json:"key"`
		Label string   `json:"label"`
		Read  []string `json:"read"`
		Write []string `json:"write"`
	} `json:"categories"`
	// ViewProject is the permission that lets a principal see a project. It is empty where the policy has none.
	ViewProject string `json:"viewProject,omitempty"`
}
