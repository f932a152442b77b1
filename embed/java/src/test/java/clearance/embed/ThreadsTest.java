package clearance.embed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Many threads, interrupts, and versions that change meanwhile. */
class ThreadsTest {
    private static final List<Principal> PRINCIPALS =
        List.of(Principal.key("ci"), Principal.key("labels"), Principal.user("cleo"), Principal.projectKey("shop"));
    private static final List<String> PERMISSIONS =
        List.of("traces:view", "traces:share", "prompts:update", "project:delete", "team:manage", "annotations:delete");
    private static final int THREADS = 4;
    private static final int ROUNDS = 200;
    private static final int SWAPS = 10;

    private static List<Question> questions() {
        List<Question> questions = new ArrayList<>();
        for (Principal principal : PRINCIPALS) {
            for (String permission : PERMISSIONS) {
                questions.add(new Question(principal, permission, Place.project("shop")));
            }
        }
        return questions;
    }

    @Test
    void noAnswerFailsAndNoneMixesVersionsWhileTheySwap() throws Exception {
        Policy strict = Repository.strict();
        List<Question> questions = questions();
        Authorizer authorizer = Repository.companyAuthorizer();
        Map<String, List<Decision>> expected = new ConcurrentHashMap<>();
        for (Policy policy : List.of(strict, Policy.builtIn())) {
            authorizer.swap(policy);
            List<Decision> decisions = authorizer.checkMany(questions, Repository.NOW);
            expected.put(decisions.get(0).policy(), decisions);
        }
        assertEquals(2, expected.size());
        assertNotEquals(1, expected.values().stream().map(list -> list.stream().map(Decision::allow).toList()).distinct().count(),
            "the two policies answer alike, so that this test shows nothing");
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        try {
            Set<String> seen = ConcurrentHashMap.newKeySet();
            AtomicBoolean isSwapped = new AtomicBoolean();
            List<Future<Integer>> asking = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                asking.add(pool.submit(() -> {
                    int asked = 0;
                    // At least this many rounds, and until the last swap; bounded in case that one never comes.
                    for (int round = 0; round < ROUNDS || !isSwapped.get() && round < 1000 * ROUNDS; round++) {
                        for (int index = 0; index < questions.size(); index++) {
                            Question question = questions.get(index);
                            Decision decision =
                                authorizer.check(question.principal(), question.permission(), question.place(), Repository.NOW);
                            assertEquals(expected.get(decision.policy()).get(index), decision);
                            seen.add(decision.policy());
                            asked++;
                        }
                        List<Decision> many = authorizer.checkMany(questions, Repository.NOW);
                        assertEquals(expected.get(many.get(0).policy()), many);
                    }
                    return asked;
                }));
            }
            for (int swap = 0; swap < SWAPS; swap++) {
                authorizer.swap(swap % 2 == 0 ? strict : Policy.builtIn());
                authorizer.pin("acme", swap % 3 == 0 ? strict : Policy.builtIn());
                authorizer.unpin("acme");
            }
            isSwapped.set(true);
            for (Future<Integer> future : asking) {
                assertTrue(future.get() >= ROUNDS * questions.size());
            }
            assertEquals(expected.keySet(), seen);
        } finally {
            pool.shutdown();
        }
    }

    @Test
    void aPendingInterruptChangesNoAnswerAndStays() {
        Thread.currentThread().interrupt();
        try {
            Authorizer authorizer = Repository.companyAuthorizer();
            authorizer.swap(Repository.strict());
            authorizer.apply("[{\"addUser\": {\"id\": \"zoe\"}}]");
            for (Question question : questions()) {
                assertFalse(authorizer.check(question.principal(), question.permission(), question.place()).policy().isEmpty());
                authorizer.explain(question.principal(), question.permission(), question.place());
            }
            assertTrue(Thread.currentThread().isInterrupted());
        } finally {
            Thread.interrupted();
        }
    }

    @Test
    void anInterruptInTheMiddleOfACallChangesNoAnswer() throws Exception {
        Authorizer authorizer = Repository.companyAuthorizer();
        List<Question> questions = questions();
        List<Decision> expected = authorizer.checkMany(questions, Repository.NOW);
        AtomicBoolean isDone = new AtomicBoolean();
        Thread asking = Thread.currentThread();
        Thread interrupting = new Thread(() -> {
            while (!isDone.get()) {
                asking.interrupt();
            }
        });
        interrupting.start();
        try {
            for (int round = 0; round < 20; round++) {
                assertEquals(expected, authorizer.checkMany(questions, Repository.NOW));
                // A change lets every answer be asked for again.
                authorizer.apply("[{\"addUser\": {\"id\": \"new-" + round + "\"}}]");
            }
        } finally {
            isDone.set(true);
            Thread.interrupted();
            interrupting.join();
            Thread.interrupted();
        }
    }
}
