package security

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kbench/internal/driver/security/certtest"
)

// jwt makes a token that nobody has signed.
func jwt(body string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none"}`)) + "." + encode([]byte(body)) + "."
}

func TestTokensAreKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		tokens := newTokens(map[string]string{"cluster": "c1"}, func(context.Context) (Token, error) {
			asked++
			if asked == 3 {
				return Token{}, errors.New("the issuer is down")
			}
			return newToken(fmt.Sprint("token", asked), time.Now(), 100*time.Second)
		})
		for _, tt := range []struct {
			why   string
			after time.Duration
			want  Secret
		}{
			{"the first", 0, "token1"},
			{"it is young", 79 * time.Second, "token1"},
			{"a fifth of its life is left", time.Second, "token2"},
			{"an error is told, and the old one not given out again", 80 * time.Second, ""},
			{"and then it is asked again", 0, "token4"},
		} {
			<-time.After(tt.after)
			got, err := tokens.Token(t.Context())
			if got.Value != tt.want || (err == nil) != (tt.want != "") || err != nil && !errors.Is(err, ErrToken) {
				t.Errorf("%s: got %q, error %v; want %q", tt.why, string(got.Value), err, string(tt.want))
			}
			if err == nil && (got.Principal != "kbench" || got.Extensions["cluster"] != "c1" || got.Expires.Before(time.Now())) {
				t.Errorf("%s: got %+v", tt.why, got)
			}
		}
	})
}

func TestTokenSources(t *testing.T) {
	t.Parallel()
	later := time.Now().Add(time.Hour).Unix()
	file := certtest.File(t, "token", jwt(fmt.Sprintf(`{"sub":"anna","exp":%d}`, later))+"\n")
	old := certtest.File(t, "old", jwt(`{"sub":"anna","exp":1000}`))
	const module = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required "
	for _, tt := range []struct {
		why       string
		own       own
		principal string
		wrong     string // in the error
	}{
		{"a file", own{"sasl.oauthbearer.token.endpoint.url": "file://" + file}, "anna", ""},
		{"a file that is not there", own{"sasl.oauthbearer.token.endpoint.url": "file://" + file + "-missing"}, "", "no such file"},
		{"one that has expired", own{"sasl.oauthbearer.token.endpoint.url": "file://" + old}, "", "expired"},
		{"no token in it", own{"sasl.oauthbearer.token.endpoint.url": "file://" + certtest.File(t, "blanks", "hunter2 hunter2")}, "", "no token"},
		{"a token that is no JWT", own{"sasl.oauthbearer.token.endpoint.url": "file://" + certtest.File(t, "opaque", "hunter2")}, "kbench", ""},
		{"without a signature", own{"sasl.jaas.config": module + `unsecuredLoginStringClaim_sub="anna" extension_logicalCluster="c1";`}, "anna", ""},
	} {
		given := join(tt.own, "security.protocol", "SASL_PLAINTEXT", "sasl.mechanism", "OAUTHBEARER")
		c, _, err := Take(given)
		if err != nil {
			t.Errorf("%s: %v", tt.why, err)
			continue
		}
		got, err := c.SASL.Tokens.Token(t.Context())
		switch {
		case tt.wrong != "":
			if !errors.Is(err, ErrToken) || !strings.Contains(err.Error(), tt.wrong) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: got %v, want %q and no secret", tt.why, err, tt.wrong)
			}
		case err != nil || got.Principal != tt.principal || got.Value == "" || !got.Expires.After(time.Now()):
			t.Errorf("%s: got %+v, error %v", tt.why, got, err)
		}
		if strings.Contains(tt.own["sasl.jaas.config"], "extension_") && !maps.Equal(got.Extensions, map[string]string{"logicalCluster": "c1"}) {
			t.Errorf("%s: extensions are %v", tt.why, got.Extensions)
		}
	}
	// Whoever writes the file anew need not start kbench again.
	read := fromFile(file)
	if err := os.WriteFile(file, []byte("another"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := read(t.Context()); err != nil || got.Value != "another" {
		t.Errorf("the file was written anew: got %q, error %v", string(got.Value), err)
	}
}

func TestEndpoint(t *testing.T) {
	t.Parallel()
	type reply struct {
		status int
		body   string
	}
	replies, got := make(chan reply, 1), make(chan *http.Request, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm() // the test looks at what came
		got <- r
		say := <-replies
		w.WriteHeader(say.status)
		fmt.Fprint(w, say.body)
	}))
	t.Cleanup(server.Close)
	e := endpoint{url: server.URL + "/token?key=hunter2", client: "a b", secret: "hunter2/+", scope: "kafka"}
	for _, tt := range []struct {
		why, answer string
		status      int
		life        time.Duration
		wrong       string
	}{
		{"as it should be", `{"access_token":"opaque","expires_in":300}`, 200, 300 * time.Second, ""},
		{"a JWT knows better", `{"access_token":"` + jwt(fmt.Sprintf(`{"sub":"anna","exp":%d}`, time.Now().Add(time.Hour).Unix())) + `","expires_in":1}`, 200, time.Hour, ""},
		{"no life is said", `{"access_token":"opaque"}`, 200, 0, ""},
		{"a wrong secret", `{"error":"invalid_client","error_description":"hunter2/+ is wrong"}`, 401, 0, "401 Unauthorized: invalid_client"},
		{"a word that might be a secret", `{"error":"hunter2/+"}`, 400, 0, "400 Bad Request"},
		{"no JSON", `<html>hunter2/+`, 200, 0, "something else than JSON"},
		{"no token", `{}`, 200, 0, "no token"},
		{"somewhere else", ``, 302, 0, "302 Found"},
	} {
		replies <- reply{tt.status, tt.answer}
		token, err := e.fetch(t.Context())
		switch {
		case tt.wrong != "":
			if err == nil || !strings.Contains(err.Error(), tt.wrong) || !strings.Contains(err.Error(), "token") || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: got %v, want %q and no secret", tt.why, err, tt.wrong)
			}
		case err != nil || token.Value == "" || token.Principal == "":
			t.Errorf("%s: got %+v, error %v", tt.why, token, err)
		case tt.life == 0 && !token.Expires.IsZero(), tt.life > 0 && time.Until(token.Expires).Round(time.Minute) != tt.life.Round(time.Minute):
			t.Errorf("%s: it expires at %v, want %v from now", tt.why, token.Expires, tt.life)
		}
		r := <-got
		user, password, _ := r.BasicAuth()
		if user != "a+b" || password != "hunter2%2F%2B" || r.PostForm.Get("grant_type") != "client_credentials" || r.PostForm.Get("scope") != "kafka" {
			t.Errorf("%s: asked as %q with %q for %v", tt.why, user, password, r.PostForm)
		}
	}
	server.Close()
	if _, err := e.fetch(t.Context()); err == nil || strings.Contains(err.Error(), "hunter2") || !strings.HasPrefix(err.Error(), "ask "+server.URL+"/token: ") {
		t.Errorf("nobody there: got %v", err)
	}
	for url, want := range map[string]string{
		"https://anna:hunter2@x:1/a%20b?key=hunter2#hunter2": "https://x:1/a%20b",
		"https://hunter2\x7f":                                "the token endpoint",
	} {
		if got := (endpoint{url: url}).shown(); got != want {
			t.Errorf("%s is shown as %s, want %s", url, got, want)
		}
	}
	if _, err := (endpoint{url: "https://hunter2\x7f"}).fetch(t.Context()); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("no URL: got %v", err)
	}
}

func FuzzToken(f *testing.F) {
	f.Add("a.eyJzdWIiOiJ4IiwiZXhwIjoxfQ.b")
	f.Add("a.e30=.")
	f.Add(" opaque\n")
	f.Fuzz(func(t *testing.T, text string) {
		token, err := newToken(text, time.Unix(1e9, 0), 0)
		if err == nil && strings.ContainsAny(string(token.Value), "\x01 \n") {
			t.Errorf("%q would break out of the message that it is sent in", text)
		}
	})
}
