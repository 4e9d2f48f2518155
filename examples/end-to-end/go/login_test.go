// Package login tests a login with Go's standard library.
//
// Start the emulator first: npx @metal-otp/cli emulator --port 4010
// METAL_EMULATOR_URL has its address, if it is another one.
package login

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
)

type user struct {
	Name      string `json:"name"`
	AuthToken string `json:"authToken"`
}

type message struct {
	OTP string `json:"otp"`
}

func emulator() string {
	if set := os.Getenv("METAL_EMULATOR_URL"); set != "" {
		return set
	}
	return "http://127.0.0.1:4010"
}

// control sends a request to the control API, and decodes the body of the reply.
func control(t *testing.T, method, path, body string, reply any) {
	t.Helper()
	request, err := http.NewRequest(method, emulator()+"/_emulator/v1/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if key := os.Getenv("METAL_EMULATOR_CONTROL_KEY"); key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode >= 300 {
		t.Fatalf("%s %s: %s", method, path, response.Status)
	}
	if err := json.NewDecoder(response.Body).Decode(reply); err != nil {
		t.Fatal(err)
	}
}

// call calls the API at the emulator, as the application under test does. It returns the status.
func call(t *testing.T, token, path string) int {
	t.Helper()
	request, err := http.NewRequest("POST", emulator()+"/metal/v1/user/otp/"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Auth-Token", token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

func TestAcceptsTheCodeOfTheSMS(t *testing.T) {
	t.Parallel()
	var mine user
	control(t, "POST", "users", "{}", &mine)
	if status := call(t, mine.AuthToken, "sms/receive"); status != 204 {
		t.Fatalf("asking for an SMS: status %d", status)
	}
	var sms message
	control(t, "GET", "otp?wait=10s&user="+url.QueryEscape(mine.Name), "", &sms)
	if status := call(t, mine.AuthToken, "verify/"+sms.OTP); status != 204 {
		t.Fatalf("verifying the code: status %d", status)
	}
}

func TestRefusesAWrongCode(t *testing.T) {
	t.Parallel()
	var mine user
	control(t, "POST", "users", "{}", &mine)
	if status := call(t, mine.AuthToken, "verify/wrong"); status != 400 {
		t.Fatalf("verifying a wrong code: status %d", status)
	}
}
