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
	"slices"
	"testing"
	"time"
)

// canStopLoops says that a policy which loops is stopped, so that steps which need a deadline are played.
const canStopLoops = true

// step is a line of a transcript: one verb, and what is expected.
type step struct {
	File      *struct{ Steps int }
	Load      *struct{ Policy, Text string }
	Ask       json.RawMessage
	AskText   *string
	Apply     json.RawMessage
	ApplyText *string
	Swap      *string
	Pin       *struct{ Organization, Policy string }
	Unpin     *string
	Now       *float64
	Needs     string

	Answer json.RawMessage
	Error  json.RawMessage
	Index  *int
	Field  *string
}

// player plays the steps of one file.
type player struct {
	folder     string
	authorizer *Authorizer
}

// The cases that every language plays. CLEARANCE_TRANSCRIPTS names another folder of such cases.
func TestTranscripts(t *testing.T) {
	folder := os.Getenv("CLEARANCE_TRANSCRIPTS")
	if folder == "" {
		folder = inRepository(t, "embed/transcripts")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts in %s: %v", folder, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { playFile(t, file) })
	}
}

func playFile(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p := &player{folder: filepath.Dir(file)}
	defer func() {
		if p.authorizer != nil {
			p.authorizer.Close()
		}
	}()
	wanted, played, leftOut := -1, 0, 0
	for number, line := range bytes.Split(text, []byte("\n")) {
		if len(line) == 0 {
			continue
		}
		var step step
		if err := json.Unmarshal(line, &step); err != nil {
			t.Fatalf("line %d: %v", number+1, err)
		}
		switch {
		case step.File != nil:
			wanted = step.File.Steps
		case step.Needs == "deadline" && !canStopLoops:
			leftOut++
		case step.Needs != "" && step.Needs != "deadline":
			t.Fatalf("line %d needs `%s`, which this player does not know", number+1, step.Needs)
		default:
			if err := p.play(&step); err != nil {
				t.Errorf("line %d: %v\n%.300s", number+1, err, line)
			}
			played++
		}
	}
	if wanted >= 0 && played != wanted-leftOut {
		t.Errorf("played %d steps and left %d out, the file has %d", played, leftOut, wanted)
	}
	fmt.Printf("%s: %d steps played, %d left out\n", filepath.Base(file), played, leftOut)
}

// play does what the step says, and compares.
func (p *player) play(s *step) error {
	ctx := context.Background()
	now := float64(time.Now().UnixMilli())
	if s.Now != nil {
		now = *s.Now
	}
	if s.Load == nil && p.authorizer == nil {
		return errors.New("nothing is loaded")
	}
	a := p.authorizer
	view := View{a, now, nil}
	answer := json.RawMessage(`{}`)
	var err error
	switch {
	case s.Load != nil:
		options := &Options{AllowUnsigned: true}
		if s.Load.Policy != "" {
			policy, err := p.policy(s.Load.Policy)
			if err != nil {
				return err
			}
			options.Policy = &policy
		}
		var loaded *Authorizer
		if loaded, err = Load(ctx, []byte(s.Load.Text), options); err == nil {
			if a != nil {
				a.Close()
			}
			p.authorizer = loaded
		}
	case s.Ask != nil:
		if answer, err = view.Ask(ctx, s.Ask); s.Now != nil {
			if err := askTyped(view, s.Ask, answer, err); err != nil {
				return err
			}
		}
	case s.AskText != nil:
		answer, err = view.Ask(ctx, []byte(*s.AskText))
	case s.Apply != nil:
		err = a.ApplyJSON(ctx, s.Apply)
		var changes []Change
		if json.Unmarshal(s.Apply, &changes) == nil && err != nil {
			// What is refused changes nothing, so that it can be tried once more, through types.
			if typed := a.Apply(ctx, changes...); !sameError(err, typed) {
				return fmt.Errorf("as types: %v, as JSON: %v", typed, err)
			}
		}
	case s.ApplyText != nil:
		err = a.ApplyJSON(ctx, []byte(*s.ApplyText))
	case s.Swap != nil:
		var policy Policy
		if policy, err = p.policy(*s.Swap); err != nil {
			return err
		}
		err = a.Swap(ctx, policy)
	case s.Pin != nil:
		var policy Policy
		if policy, err = p.policy(s.Pin.Policy); err != nil {
			return err
		}
		err = a.Pin(ctx, s.Pin.Organization, policy)
	case s.Unpin != nil:
		err = a.Unpin(ctx, *s.Unpin)
	default:
		return errors.New("it has no verb")
	}
	return s.compare(answer, err)
}

// policy is the policy of a name: beside the transcripts, or one of the repository.
func (p *player) policy(name string) (Policy, error) {
	component, err := os.ReadFile(filepath.Join(p.folder, "policies", name+".wasm"))
	if errors.Is(err, os.ErrNotExist) {
		component, err = os.ReadFile(filepath.Join("../../policy/dist", name+".wasm"))
	}
	return Policy{Component: component}, err
}

func (s *step) compare(answer json.RawMessage, err error) error {
	if s.Error == nil {
		if err != nil {
			return err
		}
		return sameJSON(s.Answer, answer)
	}
	var codes []string
	if json.Unmarshal(s.Error, &codes) != nil {
		codes = []string{""}
		if err := json.Unmarshal(s.Error, &codes[0]); err != nil {
			return err
		}
	}
	var failed *Error
	switch {
	case err == nil:
		return fmt.Errorf("expected the error %v, got %s", codes, answer)
	case !errors.As(err, &failed):
		return fmt.Errorf("%w is not an *Error", err)
	case !slices.Contains(codes, failed.Code):
		return fmt.Errorf("expected the error %v, got %w", codes, err)
	case s.Index != nil && *s.Index != failed.Index:
		return fmt.Errorf("expected the index %d, got %d: %w", *s.Index, failed.Index, err)
	case s.Field != nil && *s.Field != failed.Field:
		return fmt.Errorf("expected the field `%s`, got `%s`: %w", *s.Field, failed.Field, err)
	}
	return nil
}

// askTyped asks the same by the typed call, where there is one, and compares.
func askTyped(view View, ask, answer json.RawMessage, asked error) error {
	ctx := context.Background()
	var requests map[string]json.RawMessage
	if json.Unmarshal(ask, &requests) != nil || len(requests) != 1 || asked != nil && !isCode(asked, CodeTime) {
		return nil
	}
	for name, text := range requests {
		var fields struct {
			User, Key, ProjectKey, Permission *string
			At                                Place
			Now, Asker                        json.RawMessage
		}
		if json.Unmarshal(text, &fields) != nil || fields.Now != nil || fields.Asker != nil {
			return nil
		}
		var principal Principal
		switch {
		case fields.User != nil:
			principal = User(*fields.User)
		case fields.Key != nil:
			principal = Key(*fields.Key)
		case fields.ProjectKey != nil:
			principal = ProjectKey(*fields.ProjectKey)
		}
		var typed, read any
		var err error
		switch name {
		case "check":
			typed, err = view.Check(ctx, principal, *fields.Permission, fields.At)
			read = new(Decision)
		case "effective":
			typed, err = view.Effective(ctx, principal, fields.At)
			read = new(Effective)
		case "explain":
			typed, err = view.Explain(ctx, principal, *fields.Permission, fields.At)
			read = new(Explanation)
		case "repair":
			typed, err = view.Repair(ctx, principal, *fields.Permission, fields.At, Principal{})
			read = new(Repair)
		case "visibleProjects":
			typed, err = view.VisibleProjects(ctx, *fields.Key)
			read = new(VisibleProjects)
		default:
			return nil
		}
		if asked != nil || err != nil {
			if !sameError(asked, err) {
				return fmt.Errorf("the typed call: %v, as JSON: %v", err, asked)
			}
			return nil
		}
		if err := json.Unmarshal(answer, read); err != nil {
			return err
		}
		if !reflect.DeepEqual(typed, reflect.ValueOf(read).Elem().Interface()) {
			return fmt.Errorf("the typed call answers %+v, as JSON it is %s", typed, answer)
		}
		// The types lose nothing of what was answered, but for times, which Go writes without zeros at their end.
		if name == "check" || name == "repair" || name == "visibleProjects" {
			again, err := json.Marshal(typed)
			if err != nil {
				return err
			}
			return sameJSON(answer, again)
		}
	}
	return nil
}

func sameError(one, other error) bool {
	var first, second *Error
	return errors.As(one, &first) && errors.As(other, &second) && first.Code == second.Code && first.Index == second.Index
}

func sameJSON(wanted, found json.RawMessage) error {
	var one, other any
	if err := json.Unmarshal(wanted, &one); err != nil {
		return fmt.Errorf("what is expected is not JSON: %w", err)
	}
	if err := json.Unmarshal(found, &other); err != nil {
		return err
	}
	if !reflect.DeepEqual(one, other) {
		return fmt.Errorf("expected %s, got %s", wanted, found)
	}
	return nil
}
