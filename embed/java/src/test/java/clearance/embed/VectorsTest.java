package clearance.embed;

import static clearance.embed.Repository.lines;
import static clearance.embed.Repository.list;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The vectors of the project: what every implementation must answer. */
class VectorsTest {
    private static Instant time(Map<String, Object> line) {
        return line.get("now") instanceof String now ? Instant.parse(now) : Repository.NOW;
    }

    @ParameterizedTest
    @ValueSource(strings = {"scenarios", "random"})
    void theVectorsOf(String kind) {
        int decisions = 0;
        for (Path folder : list(Repository.ROOT.resolve("tests/vectors").resolve(kind))) {
            String name = folder.getFileName().toString();
            Authorizer authorizer = Authorizer.load(Repository.text(folder.resolve("directory.json")));
            for (Map<String, Object> line : lines(folder.resolve("decisions.jsonl"))) {
                Decision decision = authorizer.check(
                    Repository.principal(line), (String) line.get("permission"), Repository.place(line.get("at")), time(line));
                assertEquals(line.get("allow"), decision.allow(), () -> name + " " + line.get("id"));
                if (line.get("reason") instanceof String reason) {
                    assertEquals(reason, decision.reason(), () -> name + " " + line.get("id"));
                }
                decisions++;
            }
            for (Map<String, Object> line : lines(folder.resolve("effective.jsonl"))) {
                Effective effective = authorizer.effective(Repository.principal(line), Repository.place(line.get("at")), time(line));
                assertEquals(line.get("permissions"), effective.permissions(), () -> name + " " + line.get("id"));
            }
            for (Map<String, Object> line : lines(folder.resolve("projects.jsonl"))) {
                VisibleProjects found = authorizer.visibleProjects((String) line.get("key"), Repository.NOW);
                boolean isAll = "all".equals(line.get("projects"));
                List<?> wanted = isAll ? List.of() : ((List<?>) line.get("projects")).stream().sorted().toList();
                assertEquals(isAll, found.all(), () -> name + " " + line.get("id"));
                assertEquals(wanted, found.projects(), () -> name + " " + line.get("id"));
            }
        }
        assertTrue(decisions > 100, () -> kind);
    }
}
