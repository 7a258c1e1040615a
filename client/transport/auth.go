package transport

// Auth is how a client shows who it is.
type Auth string

// The ways to authenticate.
const (
	X509     Auth = "x509"
	IAM      Auth = "sigv4"
	Custom   Auth = "custom"
	Password Auth = "password"
	NoAuth   Auth = "none"
)

// ALPNCertificate and ALPNCustom are the names by which AWS tells on port 443 what a client wants.
const (
	ALPNCertificate = "x-amzn-mqtt-ca"
	ALPNCustom      = "mqtt"
)
