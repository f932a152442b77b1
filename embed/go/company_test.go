package clearance

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
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
