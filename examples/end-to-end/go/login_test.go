// Package login tests a login with Go's standard library alone.
//
// The emulator runs already, at METAL_EMULATOR_URL: npx @metal-otp/cli emulator --port 4010
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

// control makes one request to the control API, and reads its answer.
func control(t *testing.T, method, path, body string, answer any) {
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
	if err := json.NewDecoder(response.Body).Decode(answer); err != nil {
		t.Fatal(err)
	}
}

// call does what the application under test does: it calls the API, here at the emulator.
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

func TestTakesTheCodeOfTheSMS(t *testing.T) {
	t.Parallel()
	var mine user
	control(t, "POST", "users", "{}", &mine)
	if status := call(t, mine.AuthToken, "sms/receive"); status != 204 {
		t.Fatalf("no SMS: %d", status)
	}
	var sms message
	control(t, "GET", "otp?wait=10s&user="+url.QueryEscape(mine.Name), "", &sms)
	if status := call(t, mine.AuthToken, "verify/"+sms.OTP); status != 204 {
		t.Fatalf("the code is refused: %d", status)
	}
}

func TestRefusesAWrongCode(t *testing.T) {
	t.Parallel()
	var mine user
	control(t, "POST", "users", "{}", &mine)
	if status := call(t, mine.AuthToken, "verify/wrong"); status != 400 {
		t.Fatalf("a wrong code: %d", status)
	}
}
