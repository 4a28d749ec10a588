package security

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// mostAnswer bounds what an issuer of tokens may answer.
const mostAnswer = 1 << 20

// An endpoint issues tokens for client credentials, as of RFC 6749 section 4.4.
type endpoint struct {
	url    string
	client string
	secret Secret
	scope  string // "" for none
}

// check says what is wrong with it before it is asked.
func (e endpoint) check() error {
	u, err := url.Parse(e.url)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return errors.New("it is not a URL that begins with https://, http:// or file://")
	case u.User != nil:
		return errors.New("a user does not belong into the URL: use clientId and clientSecret")
	case e.client == "" || e.secret == "":
		return errors.New("it needs a client id and a client secret: clientId and clientSecret in sasl.jaas.config, or sasl.oauthbearer.client.id and sasl.oauthbearer.client.secret")
	}
	return nil
}

// shown is the URL without what may be a secret in it: user and query.
func (e endpoint) shown() string {
	u, err := url.Parse(e.url)
	if err != nil {
		return "the token endpoint"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// fetch asks for a token. The answer is shown in no error: it may hold one.
func (e endpoint) fetch(ctx context.Context) (Token, error) {
	form := url.Values{"grant_type": {"client_credentials"}}
	if e.scope != "" {
		form.Set("scope", e.scope)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, strings.NewReader(form.Encode()))
	if err != nil { // which has the whole URL
		return Token{}, errors.New("the token endpoint is no URL")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.SetBasicAuth(url.QueryEscape(e.client), url.QueryEscape(string(e.secret))) // as section 2.3.1 has it
	client := http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}, // it is asked once an hour or so
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if failed, ok := errors.AsType[*url.Error](err); ok { // which has the whole URL
		err = failed.Err
	}
	if err != nil {
		return Token{}, fmt.Errorf("ask %s: %w", e.shown(), err)
	}
	defer func() { _ = resp.Body.Close() }() // it was read
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	if err != nil {
		return Token{}, fmt.Errorf("ask %s: %w", e.shown(), err)
	}
	var said struct {
		Token   string  `json:"access_token"`
		Seconds float64 `json:"expires_in"`
		Error   string  `json:"error"` // a word of section 5.2
	}
	failed := json.Unmarshal(body, &said)
	switch {
	case resp.StatusCode != http.StatusOK && failed == nil && isErrorWord(said.Error):
		return Token{}, fmt.Errorf("%s says %s: %s", e.shown(), resp.Status, said.Error)
	case resp.StatusCode != http.StatusOK:
		return Token{}, fmt.Errorf("%s says %s", e.shown(), resp.Status)
	case failed != nil:
		return Token{}, fmt.Errorf("%s answers with something else than JSON", e.shown())
	}
	life := time.Duration(min(max(said.Seconds, 0), 1e9) * float64(time.Second))
	token, err := newToken(said.Token, time.Now(), life)
	if token.Principal == "" {
		token.Principal = e.client
	}
	return token, err
}

// isErrorWord reports whether s is one of the words that an issuer may say: what else it says might quote a secret.
func isErrorWord(s string) bool {
	switch s {
	case "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope", "access_denied", "server_error", "temporarily_unavailable":
		return true
	}
	return false
}
