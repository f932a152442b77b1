// Package clearancehttp lets a request through to a handler of net/http only if it may.
//
//	may := clearancehttp.Require(authorizer, "traces:view", func(r *http.Request) (clearance.Principal, clearance.Place, error) {
//		key, err := keyOf(r) // Whatever your program does to know who asks.
//		if err != nil {
//			return clearance.Principal{}, clearance.Place{}, clearancehttp.ErrUnauthorized
//		}
//		return clearance.Key(key), clearance.Project(r.PathValue("project")), nil
//	})
//	mux.Handle("GET /projects/{project}/traces", may(traces))
//
// A refusal is an application/problem+json as the server of Clearance writes it:
//
//   - 401 where the function says [ErrUnauthorized];
//   - 403 where the decision is a denial, with its reason;
//   - 503 where there is no answer, because the function or the authorizer failed. The log has the error, and the response does not.
//
// In none of these cases does the handler run.
package clearancehttp

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	clearance "example.invalid/clearance/embed/go"
)

// ErrUnauthorized is what an [Identify] answers where a request has no valid credential. It may be wrapped.
var ErrUnauthorized = errors.New("no valid credential")

// Identify says who sent a request, and about which place. An error other than [ErrUnauthorized] means that it could not be found out.
type Identify func(*http.Request) (clearance.Principal, clearance.Place, error)

// Require makes a middleware: the handler runs only for requests of those who have the permission.
func Require(authorizer *clearance.Authorizer, permission string, identify Identify) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			principal, place, err := identify(r)
			if errors.Is(err, ErrUnauthorized) {
				refuseUnauthorized(w)
				return
			}
			var decision clearance.Decision
			if err == nil {
				decision, err = authorizer.Check(r.Context(), principal, permission, place)
			}
			switch {
			case err != nil:
				slog.ErrorContext(r.Context(), "a request was not answered", "permission", permission, "error", err)
				refuseUnanswered(w)
			case !decision.Allow:
				refuseForbidden(w, principal, place, permission, decision)
			default:
				next.ServeHTTP(w, r)
			}
		})
	}
}

// problem is a body of RFC 9457, with the members of the server of Clearance.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	*denial
}

// denial is what a 403 says besides. Key and Project are null where the question names none.
type denial struct {
	Key        *string `json:"key"`
	Permission string  `json:"permission"`
	Policy     string  `json:"policy"`
	Project    *string `json:"project"`
	Reason     string  `json:"reason"`
}

func refuseUnauthorized(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", `Bearer realm="clearance"`)
	refuse(w, http.StatusUnauthorized, "unauthorized", "no valid credential: send an API key that is in use", nil)
}

func refuseUnanswered(w http.ResponseWriter) {
	refuse(w, http.StatusServiceUnavailable, "fault", "no answer could be given: see the log of the server", nil)
}

func refuseForbidden(w http.ResponseWriter, principal clearance.Principal, place clearance.Place, permission string, decision clearance.Decision) {
	said := &denial{Permission: permission, Policy: decision.Policy, Reason: decision.Reason}
	if id := principal.ID(); principal.Kind() == "key" {
		said.Key = &id
	}
	if id := place.ID(); place.Kind() == "project" {
		said.Project = &id
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="clearance", error="insufficient_scope"`)
	w.Header().Set("X-Clearance-Policy", decision.Policy)
	refuse(w, http.StatusForbidden, "forbidden", "the credential is valid, and does not hold the permission that this takes", said)
}

func refuse(w http.ResponseWriter, status int, kind, detail string, said *denial) {
	body, err := json.Marshal(problem{"urn:clearance:problem:" + kind, http.StatusText(status), status, detail, said})
	if err != nil {
		// Nothing in it can fail to be written. An empty body would say no less than the status.
		body = nil
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	// Who does not read the refusal is refused all the same.
	_, _ = w.Write(body)
}
