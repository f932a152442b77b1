// Command bench measures the package over the company of the examples, and prints one line of JSON.
//
// A cold check is asked of an authorizer that was loaded a moment ago, so that no answer is kept: its policy answers. Loading is not timed. A warm
// check was asked before. A start is a whole process, from before it is started to its first decision.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	clearance "example.invalid/clearance/embed/go"
)

const (
	coldRounds = 30
	starts     = 7
	warmTime   = 500 * time.Millisecond
	batchSize  = 1000
)

var (
	ctx = context.Background()
	now = time.UnixMilli(1780315200000)
)

func main() {
	log.SetFlags(0)
	if err := run(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(arguments []string) error {
	if len(arguments) == 0 {
		return errors.New("usage: bench DIRECTORY")
	}
	directory, err := os.ReadFile(arguments[0])
	if err != nil {
		return err
	}
	if len(arguments) == 3 {
		return startOnce(directory, arguments[1], arguments[2])
	}
	result, err := measure(directory)
	if err != nil {
		return err
	}
	for _, kept := range []bool{false, true} {
		name := map[bool]string{false: "startMs", true: "startKeptMs"}[kept]
		if result[name], err = measureStarts(arguments[0], kept); err != nil {
			return err
		}
	}
	if result["memoryMb"], err = memory(arguments[0]); err != nil {
		return err
	}
	text, err := json.Marshal(result)
	if err != nil {
		return err
	}
	fmt.Printf("{\"language\":\"go\",%s\n", text[1:])
	return nil
}

func measure(directory []byte) (map[string]float64, error) {
	questions, err := pairs(directory)
	if err != nil {
		return nil, err
	}
	var rounds []float64
	for range coldRounds {
		authorizer, err := clearance.Load(ctx, directory, nil)
		if err != nil {
			return nil, err
		}
		nanoseconds, err := each(authorizer.At(now), questions, check)
		authorizer.Close()
		if err != nil {
			return nil, err
		}
		rounds = append(rounds, nanoseconds)
	}
	slices.Sort(rounds)
	result := map[string]float64{"coldNs": rounds[len(rounds)/2]}
	authorizer, err := clearance.Load(ctx, directory, nil)
	if err != nil {
		return nil, err
	}
	defer authorizer.Close()
	view := authorizer.At(now)
	for name, ask := range map[string]func(clearance.View, *clearance.Question) error{
		"warmNs": check,
		"effectiveNs": func(view clearance.View, q *clearance.Question) error {
			_, err := view.Effective(ctx, q.Principal, q.At)
			return err
		},
		"explainNs": func(view clearance.View, q *clearance.Question) error {
			_, err := view.Explain(ctx, q.Principal, q.Permission, q.At)
			return err
		},
		"warmContextNs": func(view clearance.View, q *clearance.Question) error {
			_, err := view.Check(cancelable, q.Principal, q.Permission, q.At)
			return err
		},
	} {
		if result[name], err = warm(func() (float64, error) { return each(view, questions, ask) }); err != nil {
			return nil, err
		}
	}
	batch := make([]clearance.Question, batchSize)
	for index := range batch {
		batch[index] = questions[index%len(questions)]
	}
	result["batchNs"], err = warm(func() (float64, error) {
		began := time.Now()
		_, err := view.CheckMany(ctx, batch)
		return float64(time.Since(began).Nanoseconds()) / batchSize, err
	})
	if err != nil {
		return nil, err
	}
	// The time that one question takes while as many goroutines ask as there are processors.
	result["parallelNs"], err = parallel(view, questions)
	return result, err
}

var cancelable, _ = context.WithCancel(ctx)

func check(view clearance.View, q *clearance.Question) error {
	_, err := view.Check(ctx, q.Principal, q.Permission, q.At)
	return err
}

// each is the mean time of a question.
func each(view clearance.View, questions []clearance.Question, ask func(clearance.View, *clearance.Question) error) (float64, error) {
	began := time.Now()
	for index := range questions {
		if err := ask(view, &questions[index]); err != nil {
			return 0, err
		}
	}
	return float64(time.Since(began).Nanoseconds()) / float64(len(questions)), nil
}

// warm is the median of what is measured again and again, after it was asked once.
func warm(measure func() (float64, error)) (float64, error) {
	if _, err := measure(); err != nil {
		return 0, err
	}
	var rounds []float64
	for began := time.Now(); time.Since(began) < warmTime; {
		nanoseconds, err := measure()
		if err != nil {
			return 0, err
		}
		rounds = append(rounds, nanoseconds)
	}
	slices.Sort(rounds)
	return rounds[len(rounds)/2], nil
}

func parallel(view clearance.View, questions []clearance.Question) (float64, error) {
	const rounds = 1000
	askers := runtime.GOMAXPROCS(0)
	errs := make([]error, askers)
	var group sync.WaitGroup
	began := time.Now()
	for asker := range askers {
		group.Go(func() {
			for range rounds {
				if _, err := each(view, questions, check); err != nil {
					errs[asker] = err
					return
				}
			}
		})
	}
	group.Wait()
	return float64(time.Since(began).Nanoseconds()) / float64(askers*rounds*len(questions)), errors.Join(errs...)
}

// startOnce is what a started process does: it loads, asks, and says so. Then it says how much memory it has.
func startOnce(directory []byte, cache, keep string) error {
	options := &clearance.Options{CacheDir: cache}
	authorizer, err := clearance.Load(ctx, directory, options)
	if err != nil {
		return err
	}
	defer authorizer.Close()
	questions, err := pairs(directory)
	if err != nil {
		return err
	}
	if err := check(authorizer.At(now), &questions[0]); err != nil {
		return err
	}
	fmt.Println("asked")
	if keep != "memory" {
		return nil
	}
	if _, err := each(authorizer.At(now), questions, check); err != nil {
		return err
	}
	// What compiling left is given back, as the garbage collector does in time.
	debug.FreeOSMemory()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(status)) {
		if resident, found := strings.CutPrefix(line, "VmRSS:"); found {
			fmt.Println(strings.Fields(resident)[0])
		}
	}
	return nil
}

// measureStarts is the median time of a whole start, in milliseconds.
func measureStarts(directory string, kept bool) (float64, error) {
	cache := ""
	if kept {
		folder, err := os.MkdirTemp("", "clearance-bench-")
		if err != nil {
			return 0, err
		}
		defer os.RemoveAll(folder)
		cache = folder
		if _, err := start(directory, cache); err != nil {
			return 0, err
		}
	}
	var times []float64
	for range starts {
		took, err := start(directory, cache)
		if err != nil {
			return 0, err
		}
		times = append(times, float64(took.Microseconds())/1000)
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}

func start(directory, cache string) (time.Duration, error) {
	command := exec.Command(os.Args[0], directory, cache, "")
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := command.Start(); err != nil {
		return 0, err
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	took := time.Since(began)
	return took, errors.Join(err, command.Wait(), said(line))
}

func said(line string) error {
	if line != "asked\n" {
		return fmt.Errorf("the started process says %q", line)
	}
	return nil
}

// memory is the resident memory of a process with one authorizer, in MiB.
func memory(directory string) (float64, error) {
	output, err := exec.Command(os.Args[0], directory, "", "memory").Output()
	if err != nil {
		return 0, err
	}
	lines := bytes.Fields(output)
	kibibytes, err := strconv.ParseFloat(string(lines[len(lines)-1]), 64)
	return kibibytes / 1024, err
}

// pairs are all pairs of a principal and a place.
func pairs(directory []byte) (questions []clearance.Question, err error) {
	var rows struct {
		Organizations, Teams, Projects, Users, Keys []struct{ ID string }
	}
	if err := json.Unmarshal(directory, &rows); err != nil {
		return nil, err
	}
	var principals []clearance.Principal
	for _, user := range rows.Users {
		principals = append(principals, clearance.User(user.ID))
	}
	for _, key := range rows.Keys {
		principals = append(principals, clearance.Key(key.ID))
	}
	var places []clearance.Place
	for _, organization := range rows.Organizations {
		places = append(places, clearance.Organization(organization.ID))
	}
	for _, team := range rows.Teams {
		places = append(places, clearance.Team(team.ID))
	}
	for _, project := range rows.Projects {
		principals = append(principals, clearance.ProjectKey(project.ID))
		places = append(places, clearance.Project(project.ID))
	}
	for _, principal := range principals {
		for _, place := range places {
			questions = append(questions, clearance.Question{Principal: principal, Permission: "traces:view", At: place})
		}
	}
	return questions, nil
}
