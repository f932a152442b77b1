package clearance.embed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Files of the repository that tests read. */
final class Repository {
    static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
    static final Path ROOT = Path.of(System.getProperty("clearance.repository", "../..")).toAbsolutePath().normalize();

    private Repository() {}

    static byte[] bytes(String path) {
        return bytes(ROOT.resolve(path));
    }

    static byte[] bytes(Path path) {
        try {
            return Files.readAllBytes(path);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    static String text(Path path) {
        return new String(bytes(path), java.nio.charset.StandardCharsets.UTF_8);
    }

    static String company() {
        return text(ROOT.resolve("examples/company/directory.json"));
    }

    /** The company, by the built-in policy. Any policy is taken. */
    static Authorizer companyAuthorizer() {
        return Authorizer.builder().directory(company()).allowUnsigned(true).load();
    }

    static Policy strict() {
        return Policy.unsigned(bytes("policy/dist/strict.wasm"));
    }

    /** The objects of a file with one on each line. None where there is no file. */
    static List<Map<String, Object>> lines(Path file) {
        if (!Files.exists(file)) {
            return List.of();
        }
        List<Map<String, Object>> lines = new ArrayList<>();
        text(file).lines().filter(line -> !line.isBlank()).forEach(line -> lines.add(Answers.object(Json.read(line))));
        return lines;
    }

    /** What is in a folder, by name. */
    static List<Path> list(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    /** Who asks, as a request names it. */
    static Principal principal(Map<String, Object> json) {
        if (json.get("user") instanceof String user) {
            return Principal.user(user);
        }
        return json.get("key") instanceof String key ? Principal.key(key) : Principal.projectKey((String) json.get("projectKey"));
    }

    /** Where, as a request names it. */
    static Place place(Object json) {
        Map<String, Object> at = Answers.object(json);
        if (at.get("organization") instanceof String organization) {
            return Place.organization(organization);
        }
        return at.get("team") instanceof String team ? Place.team(team) : Place.project((String) at.get("project"));
    }
}
