package clearance

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// vector is a line of the vectors of the project.
type vector struct {
	ID                    string
	User, Key, ProjectKey string
	Permission            string
	At                    Place
	Now                   time.Time
	Allow                 bool
	Reason                string
	Permissions           []string
	Projects              json.RawMessage
}

func (v *vector) principal() Principal {
	switch {
	case v.User != "":
		return User(v.User)
	case v.Key != "":
		return Key(v.Key)
	default:
		return ProjectKey(v.ProjectKey)
	}
}

// The vectors of the project are what every implementation must answer.
func TestVectors(t *testing.T) {
	ctx := context.Background()
	folders, err := filepath.Glob(filepath.Join(inRepository(t, "tests/vectors"), "*", "*", "directory.json"))
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, path := range folders {
		directory, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		authorizer, err := Load(ctx, directory, nil)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		folder := filepath.Dir(path)
		each := func(name string, compare func(view View, v *vector)) {
			text, err := os.ReadFile(filepath.Join(folder, name+".jsonl"))
			if os.IsNotExist(err) {
				return
			}
			for line := range bytes.Lines(text) {
				v := vector{Now: noon}
				if err := json.Unmarshal(line, &v); err != nil {
					t.Fatalf("%s/%s: %v", folder, name, err)
				}
				counts[name]++
				compare(authorizer.At(v.Now), &v)
			}
		}
		each("decisions", func(view View, v *vector) {
			decision, err := view.Check(ctx, v.principal(), v.Permission, v.At)
			if err != nil || decision.Allow != v.Allow || v.Reason != "" && decision.Reason != v.Reason {
				t.Errorf("%s %s: %+v, %v", folder, v.ID, decision, err)
			}
		})
		each("effective", func(view View, v *vector) {
			effective, err := view.Effective(ctx, v.principal(), v.At)
			if err != nil || !slices.Equal(effective.Permissions, v.Permissions) {
				t.Errorf("%s %s: %+v, %v", folder, v.ID, effective, err)
			}
		})
		each("projects", func(view View, v *vector) {
			visible, err := view.VisibleProjects(ctx, v.Key)
			var projects []string
			if json.Unmarshal(v.Projects, &projects) == nil {
				slices.Sort(projects)
			}
			if err != nil || visible.All != (string(v.Projects) == `"all"`) || !slices.Equal(visible.Projects, projects) {
				t.Errorf("%s %s: %+v, %v", folder, v.ID, visible, err)
			}
		})
		authorizer.Close()
	}
	for name, least := range map[string]int{"decisions": 100, "effective": 100, "projects": 10} {
		if counts[name] < least {
			t.Errorf("only %d vectors of %s", counts[name], name)
		}
	}
	t.Log(counts)
}
