package security

import (
	"maps"
	"slices"
	"strings"
)

// The login modules of Kafka's client, and the callback handlers that say where its tokens come from.
const (
	plainModule = "org.apache.kafka.common.security.plain.PlainLoginModule"
	scramModule = "org.apache.kafka.common.security.scram.ScramLoginModule"
	oauthModule = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule"

	endpointHandler    = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler"
	oldEndpointHandler = "org.apache.kafka.common.security.oauthbearer.secured.OAuthBearerLoginCallbackHandler"
)

// sasl takes what is about logging in.
func (t *taker) sasl() (out SASL) {
	given, name := t.take("sasl.mechanism", "sasl.mechanisms")
	module, named := t.module()
	var wants string
	switch out.Mechanism = Mechanism(strings.ToUpper(given)); out.Mechanism {
	case Plain:
		wants = plainModule
	case ScramSHA256, ScramSHA512:
		wants = scramModule
	case OAuthBearer:
		wants = oauthModule
	default:
		if name == "" {
			t.fail("sasl.mechanism: it is missing, and Kerberos, which Kafka's client takes then, is not one that kbench has: use PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER")
		} else {
			t.fail("%s: %q is none of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER", name, given)
		}
		t.drop("sasl.")
		return SASL{}
	}
	if named && module.class != wants {
		t.fail("sasl.jaas.config: its login module is not that of sasl.mechanism %s, which is %s", out.Mechanism, wants)
		t.drop("sasl.")
		return SASL{}
	}
	if out.Mechanism == OAuthBearer {
		out.Tokens = t.tokens(module)
	} else {
		out.User = t.said(module, "username", "sasl.username")
		out.Password = Secret(t.said(module, "password", "sasl.password"))
		if out.User == "" || out.Password == "" {
			t.fail("sasl.mechanism %s needs a user and a password: sasl.username and sasl.password, or both in sasl.jaas.config", out.Mechanism)
		}
	}
	for _, option := range slices.Sorted(maps.Keys(module.options)) {
		t.fail("sasl.jaas.config: kbench has no use for its option %s with sasl.mechanism %s: take it out", option, out.Mechanism)
	}
	return out
}

// drop takes away what can't be judged after a mistake.
func (t *taker) drop(prefix string) {
	maps.DeleteFunc(t.left, func(name, _ string) bool { return strings.HasPrefix(name, prefix) })
}

// module takes sasl.jaas.config.
func (t *taker) module() (m loginModule, named bool) {
	text, name := t.take("sasl.jaas.config")
	if name == "" {
		return m, false
	}
	m, err := parseJAAS(text)
	if err != nil {
		t.fail("sasl.jaas.config: %w", err)
		return m, false
	}
	return m, true
}

// said takes what either an option of the login module says or a property.
func (t *taker) said(m loginModule, option string, properties ...string) string {
	value, name := t.take(properties...)
	given, there := m.options[option]
	delete(m.options, option)
	switch {
	case there && name != "":
		t.fail("%s and the option %s of sasl.jaas.config say the same: keep one of them", name, option)
	case there:
		return given
	}
	return value
}

// tokens takes what is about OAUTHBEARER.
func (t *taker) tokens(m loginModule) *Tokens {
	handler := t.value("sasl.login.callback.handler.class")
	if handler != "" && handler != endpointHandler && handler != oldEndpointHandler {
		t.fail("sasl.login.callback.handler.class: kbench runs no Java: use %s, or take it out", endpointHandler)
	}
	method := t.value("sasl.oauthbearer.method") // librdkafka's word for where tokens come from
	if method != "" && method != "default" && method != "oidc" {
		t.fail("sasl.oauthbearer.method: %q is neither default nor oidc", method)
	}
	url, name := t.take("sasl.oauthbearer.token.endpoint.url")
	from := endpoint{
		url:    url,
		client: t.said(m, "clientId", "sasl.oauthbearer.client.id", "sasl.oauthbearer.client.credentials.client.id"),
		secret: Secret(t.said(m, "clientSecret", "sasl.oauthbearer.client.secret", "sasl.oauthbearer.client.credentials.client.secret")),
		scope:  t.said(m, "scope", "sasl.oauthbearer.scope"),
	}
	subject := t.said(m, "unsecuredLoginStringClaim_sub")
	extensions := t.extensions(m)
	path, isFile := strings.CutPrefix(url, "file://")
	switch {
	case subject != "" && name != "":
		t.fail("%s and the option unsecuredLoginStringClaim_sub of sasl.jaas.config say the same: keep one of them", name)
	case subject != "" || isFile:
		if from.client+string(from.secret)+from.scope != "" {
			t.fail("sasl.oauthbearer: a client's id, secret and scope are of no use without an endpoint to ask: take them out")
		}
		if isFile {
			return newTokens(extensions, fromFile(path))
		}
		return newTokens(extensions, unsecured(subject))
	case name == "":
		t.fail("sasl.mechanism OAUTHBEARER needs sasl.oauthbearer.token.endpoint.url: the URL of who issues tokens, or file:// and the path of one")
	default:
		if err := from.check(); err != nil {
			t.fail("%s: %w", name, err)
		}
		return newTokens(extensions, from.fetch)
	}
	return nil
}

// extensions takes what is sent beside a token: options extension_NAME, or librdkafka's list NAME=VALUE,NAME=VALUE.
func (t *taker) extensions(m loginModule) map[string]string {
	out := map[string]string{}
	list, name := t.take("sasl.oauthbearer.extensions")
	for pair := range strings.SplitSeq(list, ",") {
		key, value, ok := strings.Cut(pair, "=")
		if list != "" && (!ok || key == "" || key == "auth") {
			t.fail("%s: it is NAME=VALUE,NAME=VALUE", name)
			return nil
		}
		if list != "" {
			out[key] = value
		}
	}
	for option, value := range m.options {
		if key, is := strings.CutPrefix(option, "extension_"); is && key != "" && key != "auth" {
			out[key] = value
			delete(m.options, option)
		}
	}
	return out
}
