package clearance.embed;

import static clearance.embed.Repository.ROOT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Plays the transcripts that every language plays: what is asked, and what must be answered. */
class TranscriptsTest {
    private static final String SET = System.getenv("CLEARANCE_TRANSCRIPTS");
    private static final Path FOLDER = SET == null ? ROOT.resolve("embed/transcripts") : Path.of(SET);

    @TestFactory
    Stream<DynamicTest> everyTranscript() {
        Assumptions.assumeTrue(SET != null || Files.isDirectory(FOLDER), "there are no transcripts");
        List<Path> files = Repository.list(FOLDER).stream().filter(file -> file.toString().endsWith(".jsonl")).toList();
        assertTrue(!files.isEmpty(), () -> "no transcript in " + FOLDER);
        return files.stream().map(file -> dynamicTest(file.getFileName().toString(), () -> new Player(file).play()));
    }

    /** Plays one file. */
    private static final class Player {
        private final Path file;
        private final Map<String, Policy> policies = new HashMap<>();
        private Authorizer authorizer;
        private Map<String, Object> step;
        private String answer;

        Player(Path file) {
            this.file = file;
        }

        void play() {
            int played = 0;
            int announced = -1;
            int line = 0;
            for (Map<String, Object> next : Repository.lines(file)) {
                line++;
                if (next.get("file") != null) {
                    announced = ((Number) Answers.object(next.get("file")).get("steps")).intValue();
                    continue;
                }
                step = next;
                try {
                    playStep();
                } catch (RuntimeException | AssertionError error) {
                    throw new AssertionError(file.getFileName() + ", line " + line + ": " + Json.write(step), error);
                }
                played++;
            }
            System.out.println(file.getFileName() + ": " + played + " steps played, 0 left out");
            assertEquals(announced, played);
        }

        private void playStep() {
            answer = "{}";
            ClearanceException failure = null;
            try {
                verb();
            } catch (ClearanceException error) {
                failure = error;
            }
            Object wanted = step.get("error");
            if (wanted == null) {
                if (failure != null) {
                    throw failure;
                }
                assertEquals(step.get("answer"), Json.read(answer));
                compareTyped();
                return;
            }
            if (failure == null) {
                fail("it was answered: " + answer);
            }
            List<?> codes = wanted instanceof List<?> several ? several : List.of(wanted);
            assertTrue(codes.contains(failure.code()), failure.code() + ": " + failure.getMessage());
            if (step.get("index") instanceof Number index) {
                assertEquals(index.intValue(), failure.index().orElse(-1));
            }
            if (step.get("field") instanceof String field) {
                assertEquals(Optional.of(field), failure.field());
            }
        }

        private void verb() {
            if (step.get("load") instanceof Map<?, ?> load) {
                Authorizer.Builder builder = Authorizer.builder().directory((String) load.get("text")).allowUnsigned(true);
                if (load.get("policy") instanceof String name) {
                    builder.policy(policy(name));
                }
                authorizer = builder.load();
            } else if (step.containsKey("ask")) {
                answer = authorizer.ask(Json.write(step.get("ask")), now());
            } else if (step.get("askText") instanceof String text) {
                answer = authorizer.ask(text, now());
            } else if (step.containsKey("apply")) {
                authorizer.apply(Json.write(step.get("apply")));
            } else if (step.get("applyText") instanceof String text) {
                authorizer.apply(text);
            } else if (step.get("swap") instanceof String name) {
                authorizer.swap(policy(name));
            } else if (step.get("pin") instanceof Map<?, ?> pin) {
                authorizer.pin((String) pin.get("organization"), policy((String) pin.get("policy")));
            } else if (step.get("unpin") instanceof String organization) {
                authorizer.unpin(organization);
            } else {
                throw new IllegalArgumentException("no known verb");
            }
        }

        /** Times that the typed calls cannot express go in by the door that takes a float. */
        private double now() {
            return step.get("now") instanceof Number now ? now.doubleValue() : Repository.NOW.toEpochMilli();
        }

        private Policy policy(String name) {
            return policies.computeIfAbsent(name, unknown -> {
                Path beside = file.resolveSibling("policies").resolve(name + ".wasm");
                Path path = Files.exists(beside) ? beside : ROOT.resolve("policy/dist").resolve(name + ".wasm");
                return Policy.unsigned(Repository.bytes(path));
            });
        }

        /** The typed call of the same question gives the same answer. */
        private void compareTyped() {
            if (!(step.get("ask") instanceof Map<?, ?> request) || request.size() != 1 || !step.containsKey("now")) {
                return;
            }
            String verb = (String) request.keySet().iterator().next();
            Map<String, Object> question = Answers.object(request.get(verb));
            if (question.containsKey("now") || question.containsKey("asker")) {
                return;
            }
            Map<String, Object> wanted = Answers.object(step.get("answer"));
            Principal principal = Repository.principal(question);
            switch (verb) {
                case "check" -> {
                    Decision decision =
                        authorizer.check(principal, (String) question.get("permission"), Repository.place(question.get("at")), now());
                    assertEquals(wanted.get("allow"), decision.allow());
                    assertEquals(wanted.get("reason"), decision.reason());
                    assertEquals(Optional.ofNullable(wanted.get("binding")), decision.binding());
                    assertEquals(wanted.get("policy"), decision.policy());
                }
                case "effective" -> {
                    Effective effective = authorizer.effective(principal, Repository.place(question.get("at")), instant());
                    assertEquals(wanted.get("permissions"), effective.permissions());
                    assertEquals(Optional.ofNullable(wanted.get("reason")), effective.reason());
                    assertEquals(wanted.get("policy"), effective.policy());
                }
                case "explain" -> {
                    Explanation explanation =
                        authorizer.explain(principal, (String) question.get("permission"), Repository.place(question.get("at")), instant());
                    assertEquals(wanted.get("reason"), explanation.decision().reason());
                    assertEquals(wanted.containsKey("owner"), explanation.owner().isPresent());
                    List<?> steps = (List<?>) Answers.object(wanted.get("principal")).get("steps");
                    assertEquals(steps.size(), explanation.principal().steps().size());
                }
                case "repair" -> {
                    Repair repair =
                        authorizer.repair(principal, (String) question.get("permission"), Repository.place(question.get("at")), null, instant());
                    String outcome = repair.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT);
                    assertEquals(wanted.get("outcome"), outcome);
                }
                case "visibleProjects" -> {
                    VisibleProjects visible = authorizer.visibleProjects((String) question.get("key"), instant());
                    assertEquals(wanted.containsKey("all"), visible.all());
                    assertEquals(wanted.getOrDefault("projects", List.of()), visible.projects());
                }
                default -> { }
            }
        }

        private java.time.Instant instant() {
            return java.time.Instant.ofEpochMilli(((Number) step.get("now")).longValue());
        }
    }
}
