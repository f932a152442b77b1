package clearance.embed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** A policy that fails costs the question that it was asked, and nothing else. */
class StoppedPolicyTest {
    private static final Principal CI = Principal.key("ci");
    private static final Place SHOP = Place.project("shop");

    private static void isStopped(Policy broken, List<String> codes) {
        Authorizer authorizer = Authorizer.builder()
            .directory(Repository.company()).policy(broken).allowUnsigned(true).deadline(Duration.ofMillis(100)).load();
        Decision before = authorizer.check(CI, "traces:view", SHOP, Repository.NOW);
        assertTrue(before.allow());
        List<Supplier<Object>> questions = List.of(
            () -> authorizer.check(Principal.user("ana"), "traces:view", SHOP, BrokenPolicy.MOMENT),
            () -> authorizer.explain(CI, "traces:view", SHOP, BrokenPolicy.MOMENT));
        for (Supplier<Object> question : questions) {
            ClearanceException error = assertThrows(ClearanceException.class, question::get);
            assertTrue(codes.contains(error.code()), error.code() + ": " + error.getMessage());
            if (!error.code().equals("wrong-answer")) {
                assertNotNull(error.getCause());
            }
            assertEquals(before, authorizer.check(CI, "traces:view", SHOP, Repository.NOW));
            assertEquals(before, authorizer.explain(CI, "traces:view", SHOP, Repository.NOW).decision());
        }
    }

    @Test
    void thatLoops() {
        isStopped(BrokenPolicy.thatLoops(), List.of("deadline", "timeout"));
    }

    @Test
    void thatBranches() {
        isStopped(BrokenPolicy.thatBranches(), List.of("deadline", "timeout"));
    }

    @Test
    void thatTraps() {
        isStopped(BrokenPolicy.thatTraps(), List.of("trap"));
    }

    @Test
    void thatEatsMemory() {
        // Memory is copied as it grows, which takes time as well.
        isStopped(BrokenPolicy.thatEatsMemory(), List.of("trap", "deadline"));
    }

    @Test
    void thatRecurses() {
        isStopped(BrokenPolicy.thatRecurses(), List.of("stack"));
    }

    @Test
    void thatPointsOutside() {
        isStopped(BrokenPolicy.thatPointsOutside(), List.of("trap"));
    }

    @Test
    void thatAnswersNonsense() {
        isStopped(BrokenPolicy.thatAnswersNonsense(), List.of("wrong-answer"));
    }
}
