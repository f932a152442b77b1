package clearance_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	clearance "example.invalid/clearance/embed/go"
)

// Everything about a request takes one call. The data is a directory file.
func Example() {
	directory := []byte(`{
		"organizations": [{"id": "acme"}],
		"users": [{"id": "ben"}],
		"members": [{"organization": "acme", "user": "ben", "role": "MEMBER"}],
		"teams": [{"id": "web", "organization": "acme"}],
		"projects": [{"id": "shop", "team": "web"}],
		"keys": [{"id": "ci", "organization": "acme", "name": "CI", "mode": "all", "owner": "ben"}],
		"bindings": [
			{"id": "b1", "organization": "acme", "user": "ben", "role": "VIEWER", "scope": {"team": "web"}},
			{"id": "b2", "organization": "acme", "key": "ci", "role": "ADMIN", "scope": {"team": "web"}}
		]
	}`)
	ctx := context.Background()
	authorizer, err := clearance.Load(ctx, directory, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer authorizer.Close()

	decision, err := authorizer.Check(ctx, clearance.Key("ci"), "project:delete", clearance.Project("shop"))
	if err != nil {
		log.Fatal(err) // This is not a denial: answer 503.
	}
	fmt.Println(decision.Allow, decision.Reason)
	// Output: false owner-lacks
}

// loadCompany loads the company of the examples of the repository.
func loadCompany(ctx context.Context, options *clearance.Options) *clearance.Authorizer {
	directory, err := os.ReadFile("../../examples/company/directory.json")
	if err != nil {
		log.Fatal(err)
	}
	authorizer, err := clearance.Load(ctx, directory, options)
	if err != nil {
		log.Fatal(err)
	}
	return authorizer
}

func ExampleAuthorizer_At() {
	ctx := context.Background()
	authorizer := loadCompany(ctx, nil)
	defer authorizer.Close()

	for _, moment := range []string{"2026-03-31T12:00:00Z", "2026-04-02T12:00:00Z"} {
		at, err := time.Parse(time.RFC3339, moment)
		if err != nil {
			log.Fatal(err)
		}
		decision, err := authorizer.At(at).Check(ctx, clearance.Key("trial"), "traces:view", clearance.Project("shop"))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(moment, decision.Allow, decision.Reason)
	}
	// Output:
	// 2026-03-31T12:00:00Z true binding
	// 2026-04-02T12:00:00Z false key-expired
}

func ExampleAuthorizer_Apply() {
	ctx := context.Background()
	authorizer := loadCompany(ctx, nil)
	defer authorizer.Close()

	err := authorizer.Apply(ctx,
		clearance.Change{"removeMember": map[string]string{"organization": "acme", "user": "ben"}},
		clearance.Change{"removeTeam": "nowhere"},
	)
	var failed *clearance.Error
	if errors.As(err, &failed) {
		fmt.Println(failed.Code, failed.Index)
	}
	// Output: refused 1
}

func ExampleAuthorizer_Swap() {
	ctx := context.Background()
	authorizer := loadCompany(ctx, &clearance.Options{AllowUnsigned: true})
	defer authorizer.Close()

	strict, err := os.ReadFile("../../policy/dist/strict.wasm")
	if err != nil {
		log.Fatal(err)
	}
	if err := authorizer.Swap(ctx, clearance.Policy{Component: strict}); err != nil {
		log.Fatal(err) // The version that was live still is.
	}
	catalog, err := authorizer.Describe(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(catalog.Policy)
	// Output: strict
}

func ExampleAuthorizer_Ask() {
	ctx := context.Background()
	authorizer := loadCompany(ctx, nil)
	defer authorizer.Close()

	answer, err := authorizer.Ask(ctx, []byte(`{"visibleProjects": {"key": "ci"}}`))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(answer))
	// Output: {"projects":["blog","shop"]}
}
