// Answers questions with the core module of the policy component, from Go and without Rust, in a runtime that knows no components.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"reflect"

	"github.com/tetratelabs/wazero"
)

func main() {
	log.SetFlags(0)
	failed, err := run(context.Background(), "../../policy/dist/langwatch.wasm", "../questions.jsonl")
	if err != nil {
		log.Fatal(err)
	}
	if failed > 0 {
		os.Exit(1)
	}
}

func run(ctx context.Context, componentFile, questionsFile string) (failed int, err error) {
	component, err := os.ReadFile(componentFile)
	if err != nil {
		return 0, err
	}
	runtime := wazero.NewRuntime(ctx)
	defer runtime.Close(ctx)
	policy, err := Load(ctx, runtime, component)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", componentFile, err)
	}

	text, err := os.ReadFile(questionsFile)
	if err != nil {
		return 0, err
	}
	passed := 0
	for line := range bytes.Lines(text) {
		var question struct {
			ID         string   `json:"id"`
			Permission string   `json:"permission"`
			Facts      facts    `json:"facts"`
			Expected   decision `json:"expected"`
		}
		if err := json.Unmarshal(line, &question); err != nil {
			return failed, fmt.Errorf("%s: question %d: %w", questionsFile, passed+failed+1, err)
		}
		got, err := policy.Decide(ctx, question.Facts, question.Permission)
		if err != nil {
			return failed, fmt.Errorf("%s: %w", question.ID, err)
		}
		if reflect.DeepEqual(got, question.Expected) {
			passed++
			continue
		}
		failed++
		fmt.Printf("%s: %s: expected %s, got %s\n", question.ID, question.Permission, show(question.Expected), show(got))
	}
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	return failed, nil
}

func show(d decision) string {
	text, _ := json.Marshal(d)
	return string(text)
}
