package clearancehttp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	clearance "example.invalid/clearance/embed/go"
	"example.invalid/clearance/embed/go/clearancehttp"
)

const directory = `{
	"organizations": [{"id": "acme"}],
	"teams": [{"id": "web", "organization": "acme"}],
	"projects": [{"id": "shop", "team": "web"}, {"id": "blog", "team": "web"}],
	"keys": [{"id": "ci", "organization": "acme", "name": "CI", "mode": "all"}],
	"bindings": [{"id": "b1", "organization": "acme", "key": "ci", "role": "VIEWER", "scope": {"project": "shop"}}]
}`

var errDirectory = errors.New("the database of keys is down")

// identify takes the id of a key as its token: an example must not do so.
func identify(r *http.Request) (clearance.Principal, clearance.Place, error) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch token {
	case "":
		return clearance.Principal{}, clearance.Place{}, fmt.Errorf("no token: %w", clearancehttp.ErrUnauthorized)
	case "down":
		return clearance.Principal{}, clearance.Place{}, errDirectory
	case "nobody":
		return clearance.Principal{}, clearance.Project(r.PathValue("project")), nil
	case "shared":
		return clearance.ProjectKey("blog"), clearance.Organization("acme"), nil
	}
	return clearance.Key(token), clearance.Project(r.PathValue("project")), nil
}

// server is a real server, and counts how often its handler ran.
func server(t *testing.T) (authorizer *clearance.Authorizer, url string, runs *int) {
	t.Helper()
	authorizer, err := clearance.Load(context.Background(), []byte(directory), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { authorizer.Close() })
	runs = new(int)
	mux := http.NewServeMux()
	traces := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*runs++
		io.WriteString(w, "the traces of "+r.PathValue("project"))
	})
	mux.Handle("/projects/{project}/traces", clearancehttp.Require(authorizer, "traces:view", identify)(traces))
	listening := httptest.NewServer(mux)
	t.Cleanup(listening.Close)
	return authorizer, listening.URL, runs
}

func get(t *testing.T, method, url, token string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func TestRequire(t *testing.T) {
	// What is logged is looked at below.
	var log strings.Builder
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)

	authorizer, url, runs := server(t)
	decision, err := authorizer.Check(context.Background(), clearance.Key("ci"), "traces:view", clearance.Project("blog"))
	if err != nil {
		t.Fatal(err)
	}
	quoted := func(text string) string { return `"` + text + `"` }
	denied := func(key, project, reason string) string {
		return fmt.Sprintf(`{"type":"urn:clearance:problem:forbidden","title":"Forbidden","status":403,`+
			`"detail":"the credential is valid, and does not hold the permission that this takes","key":%s,"permission":"traces:view","policy":"%s","project":%s,"reason":"%s"}`,
			key, decision.Policy, project, reason)
	}
	const unauthorized = `{"type":"urn:clearance:problem:unauthorized","title":"Unauthorized","status":401,` +
		`"detail":"no valid credential: send an API key that is in use"}`
	const unanswered = `{"type":"urn:clearance:problem:fault","title":"Service Unavailable","status":503,` +
		`"detail":"no answer could be given: see the log of the server"}`
	for _, c := range []struct {
		token, project string
		status         int
		challenge      string
		body           string
		logged         string
	}{
		{"ci", "shop", 200, "", "the traces of shop", ""},
		{"ci", "blog", 403, `Bearer realm="clearance", error="insufficient_scope"`, denied(quoted("ci"), quoted("blog"), decision.Reason), ""},
		{"old", "shop", 403, `Bearer realm="clearance", error="insufficient_scope"`, denied(quoted("old"), quoted("shop"), "principal-unknown"), ""},
		{"shared", "shop", 403, `Bearer realm="clearance", error="insufficient_scope"`, denied("null", "null", "principal-unknown"), ""},
		{"", "shop", 401, `Bearer realm="clearance"`, unauthorized, ""},
		{"down", "shop", 503, "", unanswered, errDirectory.Error()},
		{"nobody", "shop", 503, "", unanswered, clearance.CodeMalformed},
	} {
		*runs = 0
		log.Reset()
		response, body := get(t, http.MethodGet, url+"/projects/"+c.project+"/traces", c.token)
		if response.StatusCode != c.status || body != c.body {
			t.Errorf("%+v: %s\n%s", c, response.Status, body)
		}
		if found := response.Header.Get("WWW-Authenticate"); found != c.challenge {
			t.Errorf("%+v: %s", c, found)
		}
		if found := response.Header.Get("X-Clearance-Policy"); (found == decision.Policy) != (c.status == 403) {
			t.Errorf("%+v: %s", c, found)
		}
		if found := response.Header.Get("Content-Type"); c.status != 200 && found != "application/problem+json" {
			t.Errorf("%+v: %s", c, found)
		}
		if (*runs == 1) != (c.status == 200) {
			t.Errorf("%+v: the handler ran %d times", c, *runs)
		}
		if c.logged == "" && log.Len() > 0 || !strings.Contains(log.String(), c.logged) {
			t.Errorf("%+v: logged %s", c, log.String())
		}
		if c.status != 200 && !json.Valid([]byte(body)) {
			t.Errorf("%+v: %s", c, body)
		}
	}

	if response, body := get(t, http.MethodHead, url+"/projects/blog/traces", "ci"); response.StatusCode != 403 || body != "" {
		t.Errorf("HEAD: %s %s", response.Status, body)
	}

	// Once the key is revoked, the next request is refused.
	err = authorizer.Apply(context.Background(), clearance.Change{"removeKey": "ci"})
	if err != nil {
		t.Fatal(err)
	}
	if response, body := get(t, http.MethodGet, url+"/projects/shop/traces", "ci"); response.StatusCode != 403 {
		t.Errorf("%s %s", response.Status, body)
	}

	// Without an answer nobody is let through.
	authorizer.Close()
	*runs = 0
	if response, body := get(t, http.MethodGet, url+"/projects/shop/traces", "ci"); response.StatusCode != 503 || body != unanswered || *runs != 0 {
		t.Errorf("%s %s", response.Status, body)
	}
}
