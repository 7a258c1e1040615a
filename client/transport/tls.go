package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// tlsConfig reads the files anew.
func (o Options) tlsConfig(ctx context.Context) (*tls.Config, error) {
	config := &tls.Config{
		ServerName: o.TLS.ServerName, NextProtos: o.TLS.ALPN, InsecureSkipVerify: o.TLS.Insecure,
		MinVersion: tls.VersionTLS12, Time: o.Now,
	}
	if o.TLS.CAFile != "" || len(o.TLS.CA) > 0 {
		authorities, err := o.TLS.authorities()
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		for _, c := range authorities {
			config.RootCAs.AddCert(c)
		}
	}
	if o.TLS.CertFile == "" && o.TLS.KeyFile == "" {
		return config, nil
	}
	own, err := o.TLS.identity()
	if err != nil {
		return nil, err
	}
	pair := own.pair()
	// Shown whatever authorities the server lists: its alert tells more than silence would.
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return pair, nil }
	return config, nil
}

// tlsStream is a TLS connection whose Write tells of an alert. In TLS 1.3 a server refuses a certificate after the
// handshake: it sends an alert and resets the connection on what came meanwhile, and the reset would hide the alert.
type tlsStream struct{ *tls.Conn }

// alertIn is how long an alert may take to be read, which has mostly arrived.
const alertIn = time.Second

// Write returns the alert in place of the reset, if there is one.
func (s *tlsStream) Write(p []byte) (int, error) {
	n, err := s.Conn.Write(p)
	if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
		return n, err
	}
	s.Conn.SetReadDeadline(time.Now().Add(alertIn))
	for buffer := make([]byte, 512); ; { // what comes before the alert is lost with the connection
		_, told := s.Conn.Read(buffer)
		if told == nil {
			continue
		}
		if f := new(Failure); judgeAlert(f, told) {
			return n, told
		}
		return n, err
	}
}

// authorities are the certificates of CAFile and CA.
func (t TLS) authorities() ([]*x509.Certificate, error) {
	var all []*x509.Certificate
	if t.CAFile != "" {
		data, err := readFile(t.CAFile)
		if err != nil {
			return nil, err
		}
		found, err := certificates(t.CAFile, data)
		if err != nil {
			return nil, err
		}
		all = found
	}
	if len(t.CA) > 0 {
		found, err := certificates("the CA given as text", t.CA)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// maxFile bounds what is read as a certificate or key; bundles of all public authorities have 300 KB.
const maxFile = 4 << 20

func readFile(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err == nil && (info.IsDir() || info.Size() > maxFile) {
		return nil, badFile(file, "neither a certificate nor a key", nil)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, badFile(file, printable(innermost(err)), err)
	}
	return data, nil
}

func badFile(file, what string, err error) *Failure {
	return &Failure{Stage: Files, Kind: BadFile, Text: file + ": " + what, Err: err}
}

// certificates reads PEM, or one certificate in DER. Where there is none the error says what the file holds instead.
func certificates(file string, data []byte) ([]*x509.Certificate, error) {
	var all []*x509.Certificate
	for rest := data; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" && block.Type != "TRUSTED CERTIFICATE" && block.Type != "X509 CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, badFile(file, "a certificate in it cannot be read: "+printable(err.Error()), err)
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		if c, err := x509.ParseCertificate(data); err == nil {
			return []*x509.Certificate{c}, nil
		}
		return nil, badFile(file, "holds no certificate but "+kindOf(data), nil)
	}
	return all, nil
}

// kindOf says what a file holds.
func kindOf(data []byte) string {
	block, _ := pem.Decode(data)
	switch {
	case len(data) == 0:
		return "nothing"
	case block != nil:
		return fmt.Sprintf("%.40q", block.Type)
	case len(data) > 4 && data[0] == 0x30 && data[1]&0x80 != 0:
		return "something in binary form"
	}
	return "something that is not in PEM form"
}
