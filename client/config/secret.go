package config

import (
	"slices"
	"strings"
)

// hidden stands for every secret.
const hidden = "***"

// SecretName names one of a connection's secrets.
type SecretName string

// The secrets of a connection. Each is also an environment variable, THINGDECK_PASSWORD and so on.
const (
	Password       SecretName = "password"
	KeyPassword    SecretName = "key-password"
	Token          SecretName = "token"
	TokenSignature SecretName = "token-signature"
)

// MFACode is the code of the user's device for AWS credentials. It counts once and is kept nowhere.
const MFACode SecretName = "mfa-code"

func secretNames() []SecretName { return []SecretName{Password, KeyPassword, Token, TokenSignature} }

func isSecret(name string) bool { return slices.Contains(secretNames(), SecretName(name)) }

func (n SecretName) env() string {
	return "THINGDECK_" + strings.ToUpper(strings.ReplaceAll(string(n), "-", "_"))
}
