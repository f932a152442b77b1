package clearance

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAKeyHasWhatItAndItsOwnerHave(t *testing.T) {
	view := company(t, nil).At(noon)
	allowed, err := view.Check(ctx, Key("ci"), "prompts:view", Project("shop"))
	if err != nil || !allowed.Allow || allowed.Reason != "binding" || !strings.HasPrefix(allowed.Binding, "b") {
		t.Errorf("%+v, %v", allowed, err)
	}
	if !strings.HasPrefix(allowed.Policy, "sha256:") || len(allowed.Policy) != len("sha256:")+64 {
		t.Error(allowed.Policy)
	}
	denied, err := view.Check(ctx, Key("ci"), "project:delete", Project("shop"))
	if err != nil || denied != (Decision{Reason: "owner-lacks", Policy: allowed.Policy}) {
		t.Errorf("%+v, %v", denied, err)
	}
}

func TestEveryWayToAskGivesTheSameDecision(t *testing.T) {
	authorizer := company(t, nil)
	view := authorizer.At(noon)
	catalog, err := authorizer.Describe(ctx)
	if err != nil {
		t.Fatal(err)
	}
	effective, err := view.Effective(ctx, Key("ci"), Project("shop"))
	if err != nil {
		t.Fatal(err)
	}
	var questions []Question
	for _, permission := range catalog.Permissions {
		questions = append(questions, Question{Key("ci"), permission.Name, Project("shop")})
	}
	many, err := view.CheckMany(ctx, questions)
	if err != nil || len(many) != len(questions) {
		t.Fatal(len(many), err)
	}
	for index, question := range questions {
		decision, err := view.Check(ctx, question.Principal, question.Permission, question.At)
		if err != nil || many[index] != decision || decision.Allow != slices.Contains(effective.Permissions, question.Permission) {
			t.Errorf("%s: %+v, %+v, %v", question.Permission, decision, many[index], err)
		}
		explained, err := view.Explain(ctx, question.Principal, question.Permission, question.At)
		if err != nil || explained.Decision != decision || len(explained.Principal.Steps) == 0 || len(explained.Owner.Steps) == 0 {
			t.Errorf("%s: %+v, %v", question.Permission, explained, err)
		}
	}
}

// The types of the answers hold all that the authorizer answers.
func TestTheTypesHoldEverything(t *testing.T) {
	authorizer := company(t, nil)
	view := authorizer.At(noon)
	for _, request := range []struct {
		text string
		into any
	}{
		{`{"describe": {}}`, new(Catalog)},
		{`{"effective": {"key": "ci", "at": {"project": "shop"}}}`, new(Effective)},
		{`{"effective": {"key": "trial", "at": {"project": "shop"}}}`, new(Effective)},
		{`{"explain": {"key": "ci", "permission": "prompts:view", "at": {"project": "shop"}}}`, new(Explanation)},
		{`{"explain": {"user": "ben", "permission": "traces:view", "at": {"project": "lake"}}}`, new(Explanation)},
		{`{"explain": {"projectKey": "shop", "permission": "traces:view", "at": {"project": "shop"}}}`, new(Explanation)},
		{`{"explain": {"user": "ana", "permission": "traces:view", "at": {"organization": "acme"}}}`, new(Explanation)},
		{`{"repair": {"key": "ci", "permission": "project:delete", "at": {"project": "shop"}}}`, new(Repair)},
		{`{"repair": {"key": "trial", "permission": "traces:view", "at": {"project": "shop"}}}`, new(Repair)},
		{`{"repair": {"user": "eve", "permission": "traces:view", "at": {"project": "shop"}, "asker": {"user": "ana"}}}`, new(Repair)},
		{`{"visibleProjects": {"key": "ci"}}`, new(VisibleProjects)},
	} {
		answer, err := view.Ask(ctx, []byte(request.text))
		if err != nil {
			t.Fatal(request.text, err)
		}
		decoder := json.NewDecoder(bytes.NewReader(answer))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(request.into); err != nil {
			t.Errorf("%s: %v\n%s", request.text, err, answer)
		}
		again, err := json.Marshal(request.into)
		if err != nil || sameJSON(answer, again) != nil {
			t.Errorf("%s: %v, answered %s, read %s", request.text, err, answer, again)
		}
	}
}

func TestWhatNobodyKnowsIsDeniedWithAReasonOfItsOwn(t *testing.T) {
	view := company(t, nil).At(noon)
	for _, unknown := range []struct {
		question Question
		reason   string
	}{
		{Question{Key("nobody"), "prompts:view", Project("shop")}, "principal-unknown"},
		{Question{Key(""), "prompts:view", Project("shop")}, "principal-unknown"},
		{Question{Key("clé"), "prompts:view", Project("shop")}, "principal-unknown"},
		{Question{Key(strings.Repeat("k", 100_000)), "prompts:view", Project("shop")}, "principal-unknown"},
		{Question{Key("ci"), "no:such", Project("shop")}, "permission-unknown"},
		{Question{Key("ci"), "prompts:view", Project("nowhere")}, "place-unknown"},
	} {
		q := unknown.question
		decision, err := view.Check(ctx, q.Principal, q.Permission, q.At)
		if err != nil || decision.Allow || decision.Reason != unknown.reason {
			t.Errorf("%.40v: %+v, %v", q, decision, err)
		}
		explained, err := view.Explain(ctx, q.Principal, q.Permission, q.At)
		if err != nil || explained.Reason != unknown.reason {
			t.Errorf("%.40v: %+v, %v", q, explained, err)
		}
	}
	if decision, err := view.Check(ctx, Key("ci"), "prompts:view", Project("shop")); err != nil || !decision.Allow {
		t.Errorf("%+v, %v", decision, err)
	}
}

func TestTheNextQuestionSeesAChangeAndARefusedBatchChangesNothing(t *testing.T) {
	authorizer := company(t, nil)
	reason := func() string {
		decision, err := authorizer.At(noon).Check(ctx, Key("ci"), "prompts:view", Project("shop"))
		if err != nil {
			t.Fatal(err)
		}
		return decision.Reason
	}
	if reason() != "binding" {
		t.Error(reason())
	}
	before, err := authorizer.Document(ctx)
	if err != nil {
		t.Fatal(err)
	}
	deactivate := Change{"deactivateUser": map[string]any{"user": "ben", "at": noon.AddDate(0, 0, -1)}}
	err = authorizer.Apply(ctx, deactivate, Change{"removeTeam": "nowhere"})
	if failed := asError(t, err); failed.Code != "refused" || failed.Index != 1 {
		t.Error(err)
	}
	if after, err := authorizer.Document(ctx); err != nil || !bytes.Equal(before, after) {
		t.Errorf("%s, %v", after, err)
	}
	if err := authorizer.Apply(ctx, deactivate); err != nil {
		t.Fatal(err)
	}
	if reason() != "owner-deactivated" {
		t.Error(reason())
	}
	if err := authorizer.Apply(ctx); err != nil {
		t.Error("no changes:", err)
	}
}

func TestWhatWouldGrantAPermissionGrantsIt(t *testing.T) {
	authorizer := company(t, nil)
	view := authorizer.At(noon)
	repair, err := view.Repair(ctx, User("ben"), "project:delete", Project("shop"), Principal{})
	if err != nil || repair.Outcome != "sets" {
		t.Fatalf("%+v, %v", repair, err)
	}
	binding := *repair.Sets[0][0].Bind
	binding.ID = "repaired"
	if err := authorizer.Apply(ctx, Change{"addBinding": binding}); err != nil {
		t.Fatal(err)
	}
	if decision, err := view.Check(ctx, User("ben"), "project:delete", Project("shop")); err != nil || !decision.Allow {
		t.Errorf("%+v, %v", decision, err)
	}
	if repair, err := view.Repair(ctx, Key("laptop"), "traces:view", Project("shop"), User("ben")); err != nil || repair.Outcome != "nothing" {
		t.Errorf("%+v, %v", repair, err)
	}
}

func TestACapsuleIsAFile(t *testing.T) {
	capsule, err := company(t, nil).At(noon).Capsule(ctx, Key("ci"), "prompts:view", Project("shop"))
	if err != nil || len(capsule) < 100 {
		t.Error(len(capsule), err)
	}
}

func TestBadInputIsRefusedByNameAndTheNextQuestionIsAnswered(t *testing.T) {
	authorizer := company(t, nil)
	view := authorizer.At(noon)
	refused := func(err error, code, field string) {
		t.Helper()
		if failed := asError(t, err); failed.Code != code || failed.Field != field {
			t.Errorf("expected %s of `%s`, got %v of `%s`", code, field, err, failed.Field)
		}
	}
	_, err := view.Check(ctx, Principal{}, "prompts:view", Project("shop"))
	refused(err, CodeMalformed, "principal")
	_, err = view.Check(ctx, Key("ci"), "prompts:view", Place{})
	refused(err, CodeMalformed, "at")
	_, err = view.Effective(ctx, Principal{}, Project("shop"))
	refused(err, CodeMalformed, "principal")
	const broken = "c\xff"
	_, err = view.Check(ctx, Key(broken), "prompts:view", Project("shop"))
	refused(err, CodeMalformed, "")
	_, err = view.Effective(ctx, Key(broken), Project("shop"))
	refused(err, CodeMalformed, "principal")
	_, err = view.Explain(ctx, Key("ci"), broken, Project("shop"))
	refused(err, CodeMalformed, "permission")
	_, err = view.VisibleProjects(ctx, broken)
	refused(err, CodeMalformed, "key")
	_, err = view.Repair(ctx, Key("ci"), "prompts:view", Project("shop"), ProjectKey("shop"))
	wantCode(t, err, CodeMalformed)
	_, err = view.CheckMany(ctx, []Question{{Key("ci"), "prompts:view", Project("shop")}, {}})
	if failed := asError(t, err); failed.Code != CodeMalformed || failed.Index != 1 {
		t.Error(err)
	}
	wantCode(t, authorizer.Unpin(ctx, broken), CodeMalformed)
	wantCode(t, authorizer.Apply(ctx, Change{"removeTeam": broken}), CodeMalformed)
	wantCode(t, authorizer.Apply(ctx, Change{"removeTeam": func() {}}), CodeMalformed)
	wantCode(t, authorizer.Apply(ctx, nil), CodeMalformed)
	wantCode(t, authorizer.ApplyJSON(ctx, []byte("[{")), CodeMalformed)
	wantCode(t, authorizer.ApplyJSON(ctx, []byte(broken)), CodeMalformed)
	for _, request := range []string{"", "[]", "null", broken, `{"chek": {}}`, `{"check": {"key": 7}}`} {
		_, err = view.Ask(ctx, []byte(request))
		wantCode(t, err, CodeMalformed)
	}
	for _, moment := range []time.Time{{}, time.Unix(-1, 0), time.Unix(1<<60, 0), time.Unix(-1<<60, 0), time.UnixMilli(253402300800000)} {
		_, err = authorizer.At(moment).Check(ctx, Key("ci"), "prompts:view", Project("shop"))
		wantCode(t, err, CodeTime)
		_, err = authorizer.At(moment).Explain(ctx, Key("ci"), "prompts:view", Project("shop"))
		wantCode(t, err, CodeTime)
		_, err = authorizer.At(moment).Ask(ctx, []byte(`{"describe": {}}`))
		wantCode(t, err, CodeTime)
		_, err = authorizer.At(moment).CheckMany(ctx, nil)
		wantCode(t, err, CodeTime)
	}
	if decision, err := view.Check(ctx, Key("ci"), "prompts:view", Project("shop")); err != nil || !decision.Allow {
		t.Errorf("%+v, %v", decision, err)
	}
}

// encoding/json replaces bytes that are not UTF-8 in a way that can be told from the character itself.
func TestReplacedBytesAreSeen(t *testing.T) {
	for text, replaced := range map[string]bool{"a\xff": true, "a\ufffd": false, `\ufffd`: false, `\\ufffd`: false, "\\\xff": true} {
		written, err := json.Marshal([]Change{{"removeTeam": text}})
		if err != nil || hasReplaced(written) != replaced {
			t.Errorf("%q: %s, %v", text, written, err)
		}
	}
}

func TestDataThatCannotBeLoadedIsRefused(t *testing.T) {
	for _, bad := range []string{
		"", "{", "[]", "null", `{"teams":[{"id":"t","organization":"o"}]}`, `{"keys":[{"id":""}]}`, `{"more":[]}`,
	} {
		_, err := Load(ctx, []byte(bad), nil)
		wantCode(t, err, "directory")
	}
	_, err := Load(ctx, []byte("\xff"), nil)
	wantCode(t, err, CodeMalformed)
}

func TestAPlaceIsReadStrictly(t *testing.T) {
	for _, bad := range []string{`{}`, `{"project":"a","team":"b"}`, `{"galaxy":"a"}`, `"shop"`, `null`, `{"project":7}`} {
		var place Place
		if err := json.Unmarshal([]byte(bad), &place); err == nil {
			t.Errorf("%s is read as %v", bad, place)
		}
	}
}
