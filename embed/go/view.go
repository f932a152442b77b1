package clearance

import (
	"context"
	"encoding/json"
	"time"
)

// View is an authorizer at one moment. The time of a view stands still, and the data goes on: the next question sees a change.
type View struct {
	authorizer *Authorizer
	millis     float64
	err        error
}

// At is a view of a moment from 1970 to 9999. What is finer than a millisecond is cut off.
func (a *Authorizer) At(now time.Time) View {
	const lastSecond = 253402300799 // of the year 9999
	seconds := now.Unix()
	if seconds < 0 || seconds > lastSecond {
		return View{a, 0, failure(CodeTime, nil, "%v is not a time that can be asked about: give one from 1970 to 9999", now)}
	}
	return View{a, float64(now.UnixMilli()), nil}
}

// present is a view of the present moment.
func (a *Authorizer) present() View {
	return View{a, float64(time.Now().UnixMilli()), nil}
}

// Check asks: may this principal do this here? An unknown principal, permission or place is denied with a reason of its own.
func (a *Authorizer) Check(ctx context.Context, principal Principal, permission string, at Place) (Decision, error) {
	return a.present().Check(ctx, principal, permission, at)
}

// CheckMany asks many questions about the same moment and the same state of the data. The decisions are in the order of the questions.
// Other questions wait until all are answered. An error says by its Index which question it is about.
func (a *Authorizer) CheckMany(ctx context.Context, questions []Question) ([]Decision, error) {
	return a.present().CheckMany(ctx, questions)
}

// Effective asks for all that a principal may do at a place.
func (a *Authorizer) Effective(ctx context.Context, principal Principal, at Place) (Effective, error) {
	return a.present().Effective(ctx, principal, at)
}

// Explain asks for a decision with the walk to it.
func (a *Authorizer) Explain(ctx context.Context, principal Principal, permission string, at Place) (Explanation, error) {
	return a.present().Explain(ctx, principal, permission, at)
}

// Repair asks what would grant a permission, as far as the asker, a user or a key, may know it. The zero Principal is the program
// itself, which may know everything.
func (a *Authorizer) Repair(ctx context.Context, principal Principal, permission string, at Place, asker Principal) (Repair, error) {
	return a.present().Repair(ctx, principal, permission, at, asker)
}

// VisibleProjects asks which projects a key can see, by the id of the key.
func (a *Authorizer) VisibleProjects(ctx context.Context, key string) (VisibleProjects, error) {
	return a.present().VisibleProjects(ctx, key)
}

// Capsule asks for a decision with all that it takes to make it again: a file for `clearance replay`.
func (a *Authorizer) Capsule(ctx context.Context, principal Principal, permission string, at Place) ([]byte, error) {
	return a.present().Capsule(ctx, principal, permission, at)
}

// Ask asks any request that embed/README.md lists, as JSON, and answers JSON. It looks at its context only before it begins.
func (a *Authorizer) Ask(ctx context.Context, request []byte) (json.RawMessage, error) {
	return a.present().Ask(ctx, request)
}

// Check is [Authorizer.Check] at the moment of the view.
func (v View) Check(ctx context.Context, principal Principal, permission string, at Place) (Decision, error) {
	if v.err != nil {
		return Decision{}, v.err
	}
	a := v.authorizer
	if err := a.begin(ctx); err != nil {
		return Decision{}, err
	}
	defer a.mu.Unlock()
	return a.check(ctx, principal, permission, at, v.millis)
}

// CheckMany is [Authorizer.CheckMany] at the moment of the view.
func (v View) CheckMany(ctx context.Context, questions []Question) ([]Decision, error) {
	if v.err != nil {
		return nil, v.err
	}
	a := v.authorizer
	if err := a.begin(ctx); err != nil {
		return nil, err
	}
	defer a.mu.Unlock()
	decisions := make([]Decision, len(questions))
	for index, question := range questions {
		decision, err := a.check(ctx, question.Principal, question.Permission, question.At, v.millis)
		if err == nil && index%contextInterval == contextInterval-1 {
			err = canceled(ctx)
		}
		if err != nil {
			if failed, ok := err.(*Error); ok {
				failed.Index = index
			}
			return nil, err
		}
		decisions[index] = decision
	}
	return decisions, nil
}

// contextInterval is the number of questions of a batch after which the context is looked at again.
const contextInterval = 256

// Effective is [Authorizer.Effective] at the moment of the view.
func (v View) Effective(ctx context.Context, principal Principal, at Place) (answer Effective, err error) {
	about, err := requestAbout(principal, at)
	if err == nil {
		err = v.answer(ctx, "effective", about, &answer)
	}
	return answer, err
}

// Explain is [Authorizer.Explain] at the moment of the view.
func (v View) Explain(ctx context.Context, principal Principal, permission string, at Place) (answer Explanation, err error) {
	err = v.answerAbout(ctx, "explain", principal, permission, at, Principal{}, &answer)
	return answer, err
}

// Repair is [Authorizer.Repair] at the moment of the view.
func (v View) Repair(ctx context.Context, principal Principal, permission string, at Place, asker Principal) (answer Repair, err error) {
	err = v.answerAbout(ctx, "repair", principal, permission, at, asker, &answer)
	return answer, err
}

// VisibleProjects is [Authorizer.VisibleProjects] at the moment of the view.
func (v View) VisibleProjects(ctx context.Context, key string) (answer VisibleProjects, err error) {
	if err = checkText("key", key); err == nil {
		err = v.answer(ctx, "visibleProjects", request{Key: &key}, &answer)
	}
	return answer, err
}

// Capsule is [Authorizer.Capsule] at the moment of the view.
func (v View) Capsule(ctx context.Context, principal Principal, permission string, at Place) ([]byte, error) {
	var answer struct {
		Capsule []byte `json:"capsule"`
	}
	err := v.answerAbout(ctx, "capsule", principal, permission, at, Principal{}, &answer)
	return answer.Capsule, err
}

// Ask is [Authorizer.Ask] at the moment of the view, which counts where a question does not say itself when it is asked.
func (v View) Ask(ctx context.Context, request []byte) (json.RawMessage, error) {
	if v.err != nil {
		return nil, v.err
	}
	a := v.authorizer
	if err := a.begin(ctx); err != nil {
		return nil, err
	}
	defer a.mu.Unlock()
	text, err := a.ask(request, v.millis)
	return append(json.RawMessage(nil), text...), err
}

// answerAbout asks a request that names a permission.
func (v View) answerAbout(ctx context.Context, name string, principal Principal, permission string, at Place, asker Principal, answer any) error {
	about, err := requestAbout(principal, at)
	if err != nil {
		return err
	}
	if err := checkText("permission", permission); err != nil {
		return err
	}
	about.Permission = &permission
	if asker.kind != 0 {
		if err := asker.check("asker"); err != nil {
			return err
		}
		by := asker.request(request{})
		about.Asker = &by
	}
	return v.answer(ctx, name, about, answer)
}

// answer asks a request and reads its answer.
func (v View) answer(ctx context.Context, name string, about request, answer any) error {
	if v.err != nil {
		return v.err
	}
	text, err := json.Marshal(map[string]request{name: about})
	if err != nil {
		return failure(CodeMalformed, err, "the question cannot be written as JSON: %v", err)
	}
	a := v.authorizer
	if err := a.begin(ctx); err != nil {
		return err
	}
	defer a.mu.Unlock()
	a.asking = ctx
	text, err = a.ask(text, v.millis)
	a.asking = nil
	if err != nil {
		return err
	}
	return readAnswer(text, answer)
}

func readAnswer(text []byte, answer any) error {
	if err := json.Unmarshal(text, answer); err != nil {
		return failure("unreadable", err, "the answer cannot be read: %v", err)
	}
	return nil
}
