package security

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// ErrToken is wrapped by the error for a token of OAUTHBEARER that could not be had.
var ErrToken = errors.New("no token to log in with")

// tokenLimit is how long getting a token may take.
const tokenLimit = 10 * time.Second

// unknownLife is for how long a token counts that does not say how long it is good for.
const unknownLife = time.Hour

// A Token is what OAUTHBEARER proves who somebody is with.
type Token struct {
	Value      Secret
	Principal  string // who it is about, as it says itself; never empty
	Expires    time.Time
	Extensions map[string]string // sent beside it; not to be changed
}

// Tokens returns tokens. It keeps the one that it got last until a fifth of its life is left, so that many clients ask the
// issuer once. It is safe for concurrent use.
type Tokens struct {
	extensions map[string]string
	fetch      func(context.Context) (Token, error)
	now        func() time.Time

	mu    sync.Mutex
	last  Token
	renew time.Time // when last is old; zero where there is none
}

// newTokens returns those that fetch gets.
func newTokens(extensions map[string]string, fetch func(context.Context) (Token, error)) *Tokens {
	return &Tokens{extensions: extensions, fetch: fetch, now: time.Now}
}

// Token returns a token that is good for a while. It takes 10 s at most. The error wraps ErrToken and shows no secret.
func (t *Tokens) Token(ctx context.Context) (Token, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	if now.Before(t.renew) {
		return t.last, nil
	}
	ctx, cancel := context.WithTimeout(ctx, tokenLimit)
	defer cancel()
	token, err := t.fetch(ctx)
	if err == nil && !token.Expires.IsZero() && !token.Expires.After(now) {
		err = errors.New("it has expired: get a new one, and look at this machine's clock")
	}
	if err != nil {
		return Token{}, fmt.Errorf("%w: %w", ErrToken, err)
	}
	if token.Expires.IsZero() {
		token.Expires = now.Add(unknownLife)
	}
	if token.Principal == "" {
		token.Principal = "kbench"
	}
	token.Extensions = t.extensions
	t.last, t.renew = token, now.Add(token.Expires.Sub(now)*4/5)
	return token, nil
}

// claims are what a JWT says of itself. Whether it is genuine is the broker's question.
type claims struct {
	Subject string  `json:"sub"`
	Expires float64 `json:"exp"` // in seconds since 1970; 0 where it does not say
}

// readJWT returns what a token says of itself. One that is no JWT says nothing.
func readJWT(token string) (c claims) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return claims{}
	}
	body, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil || json.Unmarshal(body, &c) != nil {
		return claims{}
	}
	return c
}

// newToken returns a token with what it says of itself. life is what its issuer says beside it; 0 for nothing.
func newToken(value string, now time.Time, life time.Duration) (Token, error) {
	value = strings.TrimSpace(value)
	if value == "" || strings.ContainsAny(value, "\x00\x01 \t\r\n") {
		return Token{}, errors.New("what was got is no token: it is empty, or has blanks in it")
	}
	said := readJWT(value)
	t := Token{Value: Secret(value), Principal: said.Subject}
	switch {
	case said.Expires > 0 && said.Expires < 1e11: // the year 5138
		t.Expires = time.Unix(int64(said.Expires), 0)
	case life > 0:
		t.Expires = now.Add(life)
	}
	return t, nil
}

// fromFile reads the token anew each time: whoever wrote it may do so again.
func fromFile(path string) func(context.Context) (Token, error) {
	return func(context.Context) (Token, error) {
		text, err := readFile(path)
		if err != nil {
			return Token{}, err
		}
		return newToken(string(text), time.Now(), 0)
	}
}

// unsecured makes tokens that nobody has signed, as Kafka's client does for clusters to try things out on.
func unsecured(subject string) func(context.Context) (Token, error) {
	return func(context.Context) (Token, error) {
		now := time.Now()
		body, err := json.Marshal(map[string]any{"sub": subject, "iat": now.Unix(), "exp": now.Add(unknownLife).Unix()})
		if err != nil {
			return Token{}, err
		}
		encode := base64.RawURLEncoding.EncodeToString
		return newToken(encode([]byte(`{"alg":"none"}`))+"."+encode(body)+".", now, 0)
	}
}
