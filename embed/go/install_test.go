package clearance

import (
	"archive/zip"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const (
	modulePath    = "example.invalid/clearance/embed/go"
	moduleVersion = "v0.1.0"
)

// The module is packed as a proxy of modules serves it, and an empty project gets it by what README.md says: its first example
// runs, and prints what its comment says.
func TestInstalledIntoAnEmptyProject(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles everything")
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	first := func(pattern string, text string) string {
		t.Helper()
		found := regexp.MustCompile(pattern).FindStringSubmatch(text)
		if found == nil {
			t.Fatalf("README.md has no %s", pattern)
		}
		return found[1]
	}
	program := first("(?s)```go\n(package main\n.*?)```", string(readme))
	promised := first(`fmt\.Println\(.*\) // (.*)\n`, program)
	install := strings.Fields(first("(?s)```console\n\\$ (go get .*?)\n", string(readme)))

	proxy, project := t.TempDir(), t.TempDir()
	packModule(t, filepath.Join(proxy, filepath.FromSlash(modulePath), "@v"))
	if err := os.WriteFile(filepath.Join(project, "main.go"), []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	cache, err := exec.Command("go", "env", "GOMODCACHE", "GOPROXY").Output()
	if err != nil {
		t.Fatal(err)
	}
	folders := strings.Fields(string(cache))
	execute := func(arguments ...string) string {
		t.Helper()
		command := exec.Command(arguments[0], arguments[1:]...)
		command.Dir = project
		// Nothing of this version stays in the caches of the machine, and what is there already is not downloaded.
		command.Env = append(os.Environ(),
			"GOPROXY=file://"+filepath.ToSlash(proxy)+",file://"+filepath.ToSlash(filepath.Join(folders[0], "cache", "download"))+","+folders[1],
			"GOMODCACHE="+filepath.Join(proxy, "cache"), "GOFLAGS=-modcacherw -trimpath", "GONOSUMDB=example.invalid", "GOSUMDB=off",
			"GOWORK=off", "CGO_ENABLED=0",
		)
		output, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", arguments, err, output)
		}
		return string(output)
	}
	execute("go", "mod", "init", "example.invalid/empty")
	execute(install...)
	if printed := strings.TrimSpace(execute("go", "run", ".")); printed != promised {
		t.Errorf("it prints %s, and promises %s", printed, promised)
	}
}

// packModule writes the files that a proxy serves.
func packModule(t *testing.T, folder string) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.MkdirAll(folder, 0o700))
	manifest, err := os.ReadFile("go.mod")
	must(err)
	for name, content := range map[string]string{
		"list":                  moduleVersion + "\n",
		moduleVersion + ".info": `{"Version":"` + moduleVersion + `"}`,
		moduleVersion + ".mod":  string(manifest),
	} {
		must(os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600))
	}
	file, err := os.Create(filepath.Join(folder, moduleVersion+".zip"))
	must(err)
	archive := zip.NewWriter(file)
	must(filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		writer, err := archive.Create(modulePath + "@" + moduleVersion + "/" + filepath.ToSlash(path))
		if err != nil {
			return err
		}
		_, err = writer.Write(content)
		return err
	}))
	must(archive.Close())
	must(file.Close())
}
