// Calls the API as an application, with Go's standard library only.
// Usage: go run users.go <appId>_private.pem ca.pem https://localhost:3000
package main

import (
	"crypto"
	"crypto/rand"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	keyFile, caFile, api := os.Args[1], os.Args[2], os.Args[3]
	block, _ := pem.Decode(must(os.ReadFile(keyFile)))
	key := must(x509.ParsePKCS8PrivateKey(block.Bytes)).(crypto.Signer)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(must(os.ReadFile(caFile)))

	encode := base64.RawURLEncoding.EncodeToString
	appID, now := strings.TrimSuffix(filepath.Base(keyFile), "_private.pem"), time.Now().Unix()
	claims := fmt.Sprintf(`{"appId":"%s","aud":"%s","iat":%d,"exp":%d}`, appID, api, now, now+300)
	text := encode([]byte(`{"alg":"RS512","typ":"JWT"}`)) + "." + encode([]byte(claims))
	digest := sha512.Sum512([]byte(text))
	signature := must(key.Sign(rand.Reader, digest[:], crypto.SHA512))

	request := must(http.NewRequest("GET", api+"/users", nil))
	request.Header.Set("x-token", text+"."+encode(signature))
	// A transport follows no redirect. A client would, and would send the token to another host.
	transport := http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	answer := must(transport.RoundTrip(request))
	must(io.Copy(os.Stdout, answer.Body))
	if answer.StatusCode != http.StatusOK {
		log.Fatal(answer.Status)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
